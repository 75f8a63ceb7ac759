"""
Stripe's stand-in as a process, for browsers: `python -m tests.payments.serve --port 9500`.

Beside Stripe's API it has the page where a buyer pays (`/pay/{id}`, which leads back as Stripe does), and `POST
/tell/{id}?api=…`, which brings the event of a payment to an API: so a test decides how late that is.
"""

import argparse
import json
import sys
from html import escape

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.payments.shop import COMPLETED, EVENTS, deliver
from tests.payments.stripe_server import StripeServer, event

PAGE = """<!doctype html><html lang="en"><title>Pay</title><h1>Pay {amount} {currency}</h1>
<form method="post"><button name="do" value="pay">Pay</button><button name="do" value="cancel">Cancel</button></form>"""


def application(stripe: StripeServer) -> Starlette:
    """Stripe's API, its page, and the way by which it tells of a payment."""

    async def page(request: Request) -> Response:
        session = stripe.sessions[request.path_params["id"]]
        return HTMLResponse(PAGE.format(amount=session["amount_total"], currency=escape(session["currency"])))

    async def leave(request: Request) -> Response:
        session = stripe.sessions[request.path_params["id"]]
        if b"do=cancel" in await request.body():
            return RedirectResponse(session["cancel_url"], 303)
        stripe.pay(session)
        return RedirectResponse(session["success_url"], 303)

    async def tell(request: Request) -> Response:
        session = stripe.sessions[request.path_params["id"]]
        async with httpx.AsyncClient(base_url=f"{request.query_params['api']}/v1", trust_env=False) as api:
            answer = await deliver(api, event(COMPLETED, session))
        return JSONResponse({"event": EVENTS, "status": answer.status_code}, answer.status_code)

    sessions = "/v1/checkout/sessions"
    return Starlette(
        routes=[
            Route(sessions, stripe.create, methods=["POST"]),
            Route(sessions, stripe.list, methods=["GET"]),
            Route("/pay/{id}", page, methods=["GET"]),
            Route("/pay/{id}", leave, methods=["POST"]),
            Route("/tell/{id}", tell, methods=["POST"]),
        ]
    )


def main() -> None:
    """Print the settings of an API that sells with it, as JSON in one line; then serve until the process is ended."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--port", type=int, required=True)
    port = asked.parse_args().port
    stripe = StripeServer(f"http://127.0.0.1:{port}")
    settings = {name: value for name, value in stripe.settings.items() if name != "NEXUS_WEB_URL"}
    sys.stdout.write(f"{json.dumps(settings)}\n")
    sys.stdout.flush()
    uvicorn.run(application(stripe), host="127.0.0.1", port=port, log_config=None, lifespan="off")


if __name__ == "__main__":
    main()
