"""Every query names the organisation, and what looks across organisations stands on a list, with its reason."""

from pathlib import Path

import pytest

from tests.architecture.raw_sql_lint import find_outliving, find_raw, find_system
from tests.architecture.sources import modules, read
from tests.architecture.tenancy_lint import find_unfiltered, guarded_models
from tests.house import ROOT

LAW = "Every query filters by organisation_id"

ACROSS = {
    ("nexus/accounts/ending.py", "erase_next"): "the next organisation whose grace is over is erased",
    ("nexus/accounts/ending.py", "unfinished"): "what is left of an erasure is gone on with",
    ("nexus/accounts/operator.py", "find_organisation"): "the operator names an organisation by its id or domain",
    ("nexus/accounts/api_keys.py", "find"): "a value says whose key it is; the organisation is the answer",
    ("nexus/accounts/signin.py", "_find"): "who is signing in is known by identity; where they belong is the answer",
    ("nexus/accounts/signin.py", "_first_time"): "the e-mail's domain says which organisation is joined",
    ("nexus/accounts/joining.py", "find"): "a link is all that its bearer brings; whose it is, is the answer",
    ("nexus/accounts/retention.py", "forget_sessions"): "what is old is forgotten, whosever it is",
    ("nexus/audit/retention.py", "forget_events"): "what is old is forgotten, whosever it is",
    ("nexus/jobs/retention.py", "_old"): "what is old is erased, whosever it is",
    ("nexus/core/idempotency.py", "forget_expired"): "keys that have had their day are forgotten, whosever they are",
    ("nexus/payments/services.py", "_find_by_session"): "Stripe names the session; whose it is, is the answer",
    ("nexus/payments/services.py", "find_by_payment"): "Stripe names the payment; whose it is, is the answer",
    ("nexus/payments/services.py", "is_settled"): "the operator compares Stripe's sessions with ours",
    ("nexus/jobs/findings.py", "_stop_spending"): "stops those whose books do not agree, and lets the others go on",
    ("nexus/jobs/lookout.py", "_organisations"): "a worker takes due work of every organisation in turn",
    ("nexus/jobs/lookout.py", "_stranded"): "the sweep takes up what any organisation's worker left lying",
    ("nexus/jobs/lookout.py", "read_depth"): "the queue's figures count all organisations and name none",
    ("nexus/webhooks/lookout.py", "_waiting"): "a sender serves every organisation's endpoints in turn",
    ("nexus/webhooks/lookout.py", "forget_old"): "what is old is forgotten, whosever it is",
    ("nexus/webhooks/lookout.py", "find_old_seals"): "every secret is sealed with the newest key, whosever it is",
}

RAW = {
    "nexus/core/connections.py": "the only engine",
    "nexus/core/db.py": "the only begin and commit, and the only constants in a statement",
    "nexus/core/preflight.py": "asks PostgreSQL's catalogue, before any organisation",
    "nexus/jobs/invariants.py": "the operator's questions about the whole house",
}

SYSTEM = {
    "nexus/core/db.py": "defines it",
    "nexus/core/preflight.py": "looks at the role that it has, and at the schema's revision",
    "nexus/core/health.py": "asks whether PostgreSQL answers",
    "nexus/jobs/gauges.py": "counts the queue for the metrics",
    "nexus/house.py": "opens the account of a new organisation",
    "nexus/operate.py": "the operator's commands",
    "nexus/accounts/desk.py": "sign-in, before the organisation is known",
    "nexus/accounts/api_keys.py": "whose a key is, before the organisation is known",
    "nexus/accounts/key_book.py": "the same",
    "nexus/accounts/reception.py": "who waits is told of in the transaction of their sign-in",
    "nexus/accounts/signin.py": "sign-in, before the organisation is known",
    "nexus/accounts/joining.py": "an invitation is looked up by its link, and may move a person between organisations",
    "nexus/accounts/sessions.py": "a session begins in the transaction of its sign-in",
    "nexus/accounts/operator.py": "the operator's commands",
    "nexus/accounts/ending.py": "erases organisations whose grace is over",
    "nexus/audit/services.py": "takes the addresses out of the audit of an organisation that was erased",
    "nexus/jobs/erasure.py": "erases the texts of organisations whose grace is over",
    "nexus/credits/purchases.py": "Stripe's events add credits and take them, whosever they are",
    "nexus/payments/desk.py": "Stripe's events come before the organisation is known",
    "nexus/payments/intake.py": "Stripe's events come before the organisation is known",
    "nexus/payments/operator.py": "the operator compares Stripe's books with ours",
    "nexus/payments/reversals.py": "a refund is told of by its payment, maybe before the purchase is",
    "nexus/payments/services.py": "a session or a payment of Stripe's says which checkout it is, and so whose",
    "nexus/credits/services.py": "an account opens with its organisation; the operator grants",
    "nexus/core/idempotency.py": "forgets keys that have had their day",
    "nexus/core/retention.py": "forgets what has had its day, whosever it is",
    "nexus/accounts/retention.py": "the same, of sessions",
    "nexus/audit/retention.py": "the same, of audit entries",
    "nexus/jobs/retention.py": "the same, of the texts of jobs",
    "nexus/payments/retention.py": "the same, of Stripe's events",
    "nexus/kept/restore.py": "asks the invariants of what was put back",
    "nexus/jobs/findings.py": "keeps what the invariants found, and stops the spending of those concerned",
    "nexus/jobs/lookout.py": "finds keys and fences of every organisation's jobs, never their texts",
    "nexus/jobs/heartbeat.py": "renews the leases of a worker's claims, whosever they are",
    "nexus/jobs/shift.py": "looks for due work",
    "nexus/jobs/rounds.py": "asks when the invariants were last looked at",
    "nexus/jobs/sweep.py": "looks for what was left lying",
    "nexus/jobs/invariants.py": "the operator's questions about the whole house",
    "nexus/webhooks/lookout.py": "finds endpoints that something is due for, never their addresses or secrets",
    "nexus/webhooks/sender.py": "looks for what is due, and renews the leases of what it sends",
    "nexus/webhooks/rounds.py": "looks for secrets that an older key sealed",
}

UNFILTERED = [
    "def f(tx): return select(Job.id).where(Job.status == 'failed')",
    "def f(tx, organisation_id): return select(Job.id).where(Job.id == organisation_id)",
    "def f(tx, organisation_id): return select(Job).where((Job.organisation_id == organisation_id) | (Job.cost == 0))",
    "def f(tx, organisation_id): return select(Job).where(Job.organisation_id != organisation_id)",
    "def f(tx): return update(Job).values(organisation_id=1)",
    "def f(tx): return delete(Session)",
    "def f(tx): return insert(Job).values(cost=1)",
    "def f(tx): return upsert(Organisation).values(domain='a.test')",
    "def f(tx):\n    entry = CreditTransaction\n    return select(entry.id)",
    "def f(tx): return select(User.id).join(Identity, Identity.organisation_id == User.organisation_id)",
    "def f(tx, o): return select(User.id).where(User.organisation_id == o, exists().where(Identity.issuer == 'a'))",
    "def f(tx, o): return select(User.id).where(User.organisation_id == o, User.id.in_(select(Identity.user_id)))",
    "def _shown() -> Select[Any]: return select(Job.id)\ndef f(tx): return _shown().where(Job.id == 1)",
    "class Sweep:\n    def f(self): return select(Job.id)",
    "STATEMENT = Hot(select(Job.id))",
]

FILTERED = [
    "def f(tx, o): return select(Job.id).where(Job.organisation_id == o, Job.id == 1).limit(1)",
    "def f(o): return select(User).where(User.organisation_id == o).join(I, (I.organisation_id == o) & I.here)",
    "def f(tx, o): return insert(Job).values(organisation_id=o)",
    "def _shown() -> Select[Any]: return select(Job.id)\ndef f(tx, o): return _shown().where(Job.organisation_id == o)",
    "def f(tx): return select(func.now())",
]

RAW_SQL = [
    "text('SELECT 1')",
    "sqlalchemy.text('SELECT 1')",
    "connection.exec_driver_sql('SELECT 1')",
    "connection.get_raw_connection()",
    "create_async_engine(url)",
    "engine.execution_options(isolation_level='AUTOCOMMIT')",
    "literal_column(asked)",
]

OUTLIVING = [
    "run(\"SELECT set_config('nexus.organisation_id', $1, false)\")",
    "run(f\"SELECT set_config('nexus.organisation_id', '{o}', false)\")",
    'run("SET nexus.organisation_id = 1")',
    'run("SET SESSION nexus.organisation_id = 1")',
    'run("BEGIN; SET ROLE nexus_owner")',
    'run("RESET ROLE")',
]


def test_every_query_names_its_organisation() -> None:
    models = guarded_models()

    found = [
        (module.path, where, str(fault)) for module in modules() for where, fault in find_unfiltered(module, models)
    ]

    assert [fault for path, where, fault in found if (path, where) not in ACROSS] == []
    assert {(path, where) for path, where, _ in found} == ACROSS.keys(), "an exception that nothing needs any more"


@pytest.mark.parametrize("source", UNFILTERED)
def test_a_query_without_its_organisation_is_found(source: str) -> None:
    assert list(find_unfiltered(read(source), guarded_models()))


@pytest.mark.parametrize("source", FILTERED)
def test_a_query_with_its_organisation_is_left_alone(source: str) -> None:
    assert list(find_unfiltered(read(source), guarded_models())) == []


def test_raw_sql_stands_in_named_files() -> None:
    found = [fault for module in modules() for fault in find_raw(module)]

    assert [str(fault) for fault in found if fault.path not in RAW] == []
    assert {fault.path for fault in found} == RAW.keys(), "an exception that nothing needs any more"


@pytest.mark.parametrize("source", RAW_SQL)
def test_planted_raw_sql_is_found(source: str) -> None:
    assert list(find_raw(read(source)))


def test_no_setting_outlives_its_transaction() -> None:
    assert [str(fault) for module in modules() for fault in find_outliving(module)] == []


@pytest.mark.parametrize("source", OUTLIVING)
def test_a_planted_setting_that_outlives_its_transaction_is_found(source: str) -> None:
    assert list(find_outliving(read(source)))


def test_what_looks_across_organisations_is_on_the_list() -> None:
    found = [fault for module in modules() for fault in find_system(module)]

    assert [str(fault) for fault in found if fault.path not in SYSTEM] == []
    assert {fault.path for fault in found} == SYSTEM.keys(), "an exception that nothing needs any more"


@pytest.mark.parametrize(
    "source", ["def f(tx: SystemTx): ...", "async with db.system() as tx: ...", "async with db.glance() as tx: ..."]
)
def test_a_planted_look_across_organisations_is_found(source: str) -> None:
    inside = "async def f():\n    " + source

    assert list(find_system(read(inside)))


@pytest.mark.parametrize("path", sorted((ROOT / "nexus").glob("*/services.py")), ids=lambda path: path.parent.name)
def test_every_services_module_opens_with_the_law(path: Path) -> None:
    docstring = read(path.read_text(encoding="utf-8")).tree.body[0]

    assert LAW in str(getattr(getattr(docstring, "value", None), "value", ""))
