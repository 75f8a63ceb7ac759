"""The development identity provider's two pages. They load nothing from elsewhere, and escape what they show."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

from nexus.local.identity_provider_claims import Person

STYLE = """
:root { color-scheme: light dark; --ink: #1c2130; --soft: #5d6579; --line: #d9dde7; --card: #fff; --back: #eef1f7;
  --accent: #3b5bdb; --alarm: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceff7; --soft: #a3abc0; --line: #343b4f; --card: #1b2030;
  --back: #10141f; --accent: #91a7ff; --alarm: #ffb4ab; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--back);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 2rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 1rem; box-shadow: 0 12px 40px rgb(0 0 0 / .08); }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; }
p { margin: 0 0 1.25rem; color: var(--soft); }
.alarm { color: var(--alarm); }
.badge { display: inline-block; margin-bottom: 1rem; padding: .1rem .6rem; border: 1px solid var(--line);
  border-radius: 1rem; font-size: .8rem; color: var(--soft); }
button { width: 100%; font: inherit; color: inherit; cursor: pointer; border-radius: .6rem; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.person { display: flex; gap: .8rem; align-items: center; padding: .6rem .8rem; margin-bottom: .5rem; text-align: left;
  background: none; border: 1px solid var(--line); }
.person:hover { border-color: var(--accent); }
.initial { flex: none; width: 2.2rem; height: 2.2rem; display: grid; place-items: center; border-radius: 50%;
  background: var(--accent); color: var(--card); font-weight: 600; }
.person small { display: block; color: var(--soft); }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.25rem 0; }
label { display: block; font-size: .9rem; margin-bottom: .75rem; }
input { width: 100%; margin-top: .2rem; padding: .55rem .7rem; font: inherit; color: inherit; background: none;
  border: 1px solid var(--line); border-radius: .5rem; }
.tick input { width: auto; margin-right: .4rem; }
.leave { margin-top: .75rem; padding: .4rem; border: 0; background: none; color: var(--soft); }
.go { padding: .6rem; border: 0; background: var(--accent); color: var(--card); font-weight: 600; }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# A browser holds form-action against the redirect that follows the form too, so the client's addresses are in it.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' http://127.0.0.1:* http://localhost:*"
)
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def login_page(personas: Iterable[Person], action: str, hint: str = "", trouble: str = "") -> HTMLResponse:
    """Ask who signs in; `action` is where the answer goes, `trouble` what was wrong with the last one."""
    people = "\n".join(_button(person) for person in personas)
    alarm = f'<p class="alarm" role="alert">{escape(trouble)}</p>' if trouble else ""
    body = f"""<h1>Choose an account</h1>
<p>This stands in for Google on your own machine. Nobody needs a password.</p>
{alarm}
<form method="post" action="{escape(action)}">{people}</form>
<hr>
<form method="post" action="{escape(action)}">
<label>E-mail<input type="email" name="email" value="{escape(hint)}" autocomplete="off" required></label>
<label>Name (optional)<input name="name" maxlength="100" autocomplete="off"></label>
<label class="tick"><input type="checkbox" name="unverified"> This address is not verified</label>
<button class="go">Sign in as somebody else</button>
</form>
<form method="post" action="{escape(action)}"><button class="leave" name="cancel" value="yes">Cancel</button></form>"""
    return _page("Choose an account", body, status=400 if trouble else 200)


def error_page(problem: str, status: int = 400) -> HTMLResponse:
    """Say to the person what is wrong with the request that brought them here."""
    return _page("This sign-in cannot go on", f"<h1>This sign-in cannot go on</h1><p>{escape(problem)}</p>", status)


def _button(person: Person) -> str:
    kind = person.hosted_domain or "personal account"
    return f"""<button class="person" name="email" value="{escape(person.email)}">
<span class="initial" aria-hidden="true">{escape(person.name[:1])}</span>
<span>{escape(person.name)}<small>{escape(person.email)} · {escape(kind)}</small></span></button>"""


def _page(title: str, body: str, status: int) -> HTMLResponse:
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head>
<body><main><span class="badge">Development identity provider</span>
{body}
</main></body></html>"""
    return HTMLResponse(page, status, headers=HEADERS)
