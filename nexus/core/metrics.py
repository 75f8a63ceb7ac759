"""
What is counted. One line a metric; no organisation ever stands in a label.

Figures of the queue are read from PostgreSQL when somebody looks, so that they are true whichever process answers.
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives it no hints

# Each bound is at most two and a half times the one before: so far may a p50, p95 or p99 that is read from them be off.
FAST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
WORK_BUCKETS = (0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)

requests = Counter("nexus_requests_total", "Answered requests.", ("method", "route", "status"))
request_seconds = Histogram(
    "nexus_request_seconds", "Seconds from a request to its answer.", ("method", "route"), buckets=FAST_BUCKETS
)
unhandled_errors = Counter(
    "nexus_unhandled_errors_total", "Requests that ended in an error nobody foresaw.", ("route",)
)
unheard_rings = Counter("nexus_unheard_rings_total", "Rings that Redis did not take; the sweep makes up for them.")
redis_stand_ins = Counter("nexus_redis_stand_ins_total", "Operations answered without Redis, by why.", ("reason",))
rate_limit_decisions = Counter(
    "nexus_rate_limit_decisions_total",
    "Calls by policy, whether they were let in, and who decided: Redis, or this process alone.",
    ("policy", "outcome", "by"),
)
cache_lookups = Counter("nexus_cache_lookups_total", "Looks into the cache, by outcome.", ("job_type", "outcome"))
cache_stores = Counter("nexus_cache_stores_total", "Answers given to the cache, by outcome.", ("job_type", "outcome"))
flights = Counter("nexus_flights_total", "Jobs by how they came to their answer.", ("job_type", "way"))
attempts = Counter("nexus_job_attempts_total", "Attempts at jobs, by how they ended.", ("job_type", "outcome"))
attempt_seconds = Histogram("nexus_job_attempt_seconds", "Seconds of an attempt.", ("job_type",), buckets=WORK_BUCKETS)
stale_attempts = Counter("nexus_stale_attempts_total", "Results discarded because the job had been given to another.")
refunds = Counter(
    "nexus_refunds_total", "Jobs whose credits were given back, by why they failed.", ("job_type", "code")
)
model_calls = Counter("nexus_model_calls_total", "Questions to language models, by outcome.", ("model", "outcome"))
model_seconds = Histogram("nexus_model_seconds", "Seconds of a question to a model.", ("model",), buckets=WORK_BUCKETS)
model_breaker_open = Gauge("nexus_model_breaker_open", "1 while a model is left alone because it fails.", ("model",))
swept_jobs = Counter("nexus_swept_jobs_total", "Jobs that the sweep took up, by why.", ("reason",))
stripe_events = Counter("nexus_stripe_events_total", "Events from Stripe, by what became of them.", ("outcome",))
webhook_attempts = Counter("nexus_webhook_attempts_total", "Attempts to deliver an event, by outcome.", ("outcome",))
webhook_seconds = Histogram("nexus_webhook_seconds", "Seconds of such an attempt.", buckets=WORK_BUCKETS)
webhook_wait_seconds = Histogram(
    "nexus_webhook_wait_seconds", "Seconds from an event to the first attempt.", buckets=FAST_BUCKETS
)
webhooks_disabled = Counter("nexus_webhooks_disabled_total", "Webhooks that were given up, by why.", ("reason",))

forgotten = Counter("nexus_forgotten_rows_total", "Rows that had had their day, by kind.", ("kind",))

queue_jobs = Gauge("nexus_queue_jobs", "Jobs in the queue, by state.", ("state",))
queue_oldest_due_seconds = Gauge("nexus_queue_oldest_due_seconds", "Age of the longest-waiting due job, in seconds.")
invariant_violations = Gauge("nexus_invariant_violations", "How often each invariant was broken; 0.", ("invariant",))
database_up = Gauge("nexus_database_up", "1 while PostgreSQL answers.")
redis_up = Gauge("nexus_redis_up", "1 while Redis answers.")
database_connections = Gauge(
    "nexus_database_connections", "Connections to PostgreSQL, by role and state.", ("role", "state")
)
event_loop_lag_seconds = Gauge(
    "nexus_event_loop_lag_seconds", "How late the event loop came at the worst, in the last half minute."
)
error_reports = Counter(
    "nexus_error_reports_total", "Errors to report to Sentry, by what became of them.", ("outcome",)
)
