"""Every route names its caller, and every metric is one of ours that names nobody."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from nexus.accounts.auth import (
    AdminCaller,
    CallerTx,
    require_admin,
    require_admin_person,
    require_auth,
    require_jobs,
    require_person,
)
from nexus.core import metrics

PUBLIC = {
    ("GET", "/health"): "whoever watches the process",
    ("GET", "/health/live"): "whoever watches the process",
    ("GET", "/metrics"): "asks for a token of its own where one is set",
    ("GET", "/openapi.json"): "the API's description holds nothing of anybody",
    ("GET", "/v1/openapi.json"): "the same",
    ("GET", "/v2/openapi.json"): "the same",
    ("GET", "/docs"): "the same, for people",
    ("GET", "/v1/auth/google"): "signing in",
    ("GET", "/v1/auth/google/callback"): "signing in",
    ("POST", "/v1/auth/google"): "signing in",
    ("POST", "/v1/auth/refresh"): "the refresh token says who it is",
    ("POST", "/v1/auth/logout"): "the refresh token says who it is",
    ("POST", "/v1/billing/stripe-events"): "Stripe's signature says who it is",
}
CHECKS = (require_auth, require_jobs, require_admin, require_person, require_admin_person)
OF_SOMEBODY = frozenset(
    {"organisation", "organisation_id", "org", "org_id", "user", "user_id", "email", "domain", "job_id"}
)


def without_caller(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that anybody may call."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        needs = route.dependant.dependencies if isinstance(route, APIRoute) else []
        if not any(need.call in CHECKS for need in needs):
            yield from ((method, str(context.path)) for method in context.methods or {"?"})


def all_metrics() -> list[MetricWrapperBase]:
    """Every metric of the product."""
    return [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]


def wrong_with(metric: MetricWrapperBase) -> list[str]:
    """What a metric's name or labels should not be."""
    labels = OF_SOMEBODY & set(metric._labelnames)  # noqa: SLF001 - the library shows a metric's labels nowhere else
    return ([] if metric._name.startswith("nexus_") else ["its name"]) + sorted(labels)  # noqa: SLF001 - nor its name


def test_every_route_names_its_caller_or_is_public(app: FastAPI) -> None:
    assert set(without_caller(app)) == PUBLIC.keys()


def test_a_route_without_a_caller_is_found() -> None:
    app, router = FastAPI(openapi_url=None), APIRouter(prefix="/v1")

    @router.get("/forgotten")
    @router.post("/only-a-transaction")
    async def forgotten() -> None: ...

    @router.get("/kept")
    async def kept(caller: AdminCaller) -> None: ...

    @router.get("/transaction")
    async def transaction(tx: CallerTx) -> None: ...

    app.include_router(router, prefix="/deep")

    assert set(without_caller(app)) == {
        ("GET", "/deep/v1/forgotten"),
        ("POST", "/deep/v1/only-a-transaction"),
        ("GET", "/deep/v1/transaction"),
    }


@pytest.mark.parametrize("metric", all_metrics(), ids=lambda metric: metric._name)  # noqa: SLF001 - it has no other name
def test_every_metric_is_ours_and_names_nobody(metric: MetricWrapperBase) -> None:
    assert wrong_with(metric) == []


def test_a_metric_that_names_somebody_is_found() -> None:
    planted = Counter("requests_by_customer", "Planted.", ("route", "organisation_id"), registry=None)

    assert wrong_with(planted) == ["its name", "organisation_id"]
