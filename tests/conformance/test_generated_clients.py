"""
Clients that common generators make from the committed document read every error as what it is, from a real API.

One caller is refused three times: for a body that is wrong (422), for want of credits (402), and for too many requests
in the window (429).
"""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from nexus.local.ports import free_port
from tests.house import ROOT, Person, Servers, await_server, clean_environment, sign_in, some_domain

FIRST_VERSION = ROOT / "docs" / "openapi" / "v1.json"
WEB = ROOT / "web"
SUBMITS = 10  # as many as a new organisation can pay for
LIMIT = SUBMITS + 2  # with the body that is wrong, and the one that cannot be paid for
READ = {
    "wrong": ["InvalidRequest", 422, "invalid_request", "text"],
    "paid": ["JobAccepted"] * SUBMITS,
    "poor": ["InsufficientCredits", 402, "insufficient_credits", 10, 0],
    "limited": ["RateLimited", 429, "rate_limited", True],
    "job": ["SummarizeOutput", True],
}
PYTHON = """
import json, sys
from client_of_v1 import AuthenticatedClient
from client_of_v1.api.jobs import read_job
from client_of_v1.api.work import submit_summarize
from client_of_v1.models import JobAccepted, SummarizeInput

url, token, job_id, other = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
submit = lambda text: submit_summarize.sync(client=client, body=SummarizeInput(text=text))
wrong = submit("")
paid = [submit(f"The bridge was closed on day {day}.") for day in range(10)]
poor, limited = submit("Nobody can pay for this."), submit("One more.")
job = read_job.sync(job_id, client=AuthenticatedClient(base_url=url, token=other))
print(json.dumps({
    "wrong": [type(wrong).__name__, wrong.status, wrong.code, wrong.errors[0].field],
    "paid": [type(one).__name__ for one in paid],
    "poor": [type(poor).__name__, poor.status, poor.code, poor.needed, poor.available],
    "limited": [type(limited).__name__, limited.status, limited.code, limited.retry_after > 0],
    "job": [type(job.output_data).__name__, bool(job.output_data.summary)],
}))
"""
TYPESCRIPT = """
import { createClient } from "./generated/client/index.ts";
import { readJob, submitSummarize } from "./generated/sdk.gen.ts";
import type { SubmitSummarizeErrors, SummarizeOutput } from "./generated/types.gen.ts";

const [, , baseUrl, auth, job_id, other] = process.argv as unknown as [string, string, string, string, string, string];
const client = createClient({ baseUrl, auth });
const submit = (text: string) => submitSummarize({ client, body: { text } });
type Refusal = SubmitSummarizeErrors[keyof SubmitSummarizeErrors];
function refusal(answer: { error?: Refusal }): Refusal {
  if (answer.error === undefined) throw new Error("it was taken");
  return answer.error;
}

/** Only what the types say is read: the compiler knows the facts of an error by its code. */
function told(error: Refusal): unknown[] {
  switch (error.code) {
    case "invalid_request":
      return ["InvalidRequest", error.status, error.code, error.errors[0]?.field satisfies string | undefined];
    case "insufficient_credits":
      return ["InsufficientCredits", error.status, error.code, error.needed satisfies number, error.available];
    case "rate_limited": return ["RateLimited", error.status, error.code, error.retry_after > 0];
    default: return [error.code];
  }
}

const wrong = told(refusal(await submit("")));
const paid: string[] = [];
for (let day = 0; day < 10; day += 1) {
  const { data } = await submit(`The bridge was closed on day ${day}.`);
  paid.push(data?.job_id ? "JobAccepted" : "nothing");
}
const poor = told(refusal(await submit("Nobody can pay for this.")));
const limited = told(refusal(await submit("One more.")));
const { data: job } = await readJob({ client: createClient({ baseUrl, auth: other }), path: { job_id } });
const output = job?.output_data as SummarizeOutput;
console.log(JSON.stringify({ wrong, paid, poor, limited, job: ["SummarizeOutput", output.summary.length > 0] }));
"""


@contextmanager
def process(settings: dict[str, str], log: Path, *command: str) -> Iterator[None]:
    """A process of the product, as long as this lasts."""
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", *command],
            env=clean_environment() | settings,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
        try:
            yield
        finally:
            running.terminate()
            running.wait()


@pytest.fixture(scope="module")
def url(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An API process with a small window, and a worker."""
    port, logs = free_port(), tmp_path_factory.mktemp("logs")
    narrow = servers.environment | {"NEXUS_RATE_LIMIT": str(LIMIT)}
    api = process(narrow, logs / "api.log", "api", "--port", str(port))
    with api, process(servers.environment, logs / "worker.log", "worker"):
        await_server(f"http://127.0.0.1:{port}/health/live", seconds=90)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def caller(url: str, servers: Servers) -> AsyncIterator[Person]:
    """Somebody with a window and a balance that nobody has used."""
    async with httpx.AsyncClient(base_url=f"{url}/v1", trust_env=False) as client:
        person = await sign_in(client, servers.idp, f"ann@{some_domain()}")
        yield person
        await person.api.aclose()


async def a_finished_job(person: Person) -> str:
    """A job of somebody's that is completed."""
    answer = await person.api.post("/summarize", json={"text": "The bridge was closed. It opens again in spring."})
    job_id: str = answer.json()["job_id"]
    for _ in range(LIMIT - 2):  # one call is left for the client
        await asyncio.sleep(2)
        if (await person.api.get(f"/jobs/{job_id}")).json()["status"] == "completed":
            return job_id
    raise TimeoutError(job_id)


async def run(*command: str | Path, folder: Path) -> str:
    """Run this as somebody who has the document and nothing else; what it printed."""
    done = await asyncio.to_thread(
        subprocess.run,
        [str(part) for part in command],
        cwd=folder,
        env=clean_environment() | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


async def test_a_python_client_keeps_every_schema_and_reads_every_error(
    url: str, servers: Servers, caller: Person, tmp_path: Path
) -> None:
    other = await sign_in(caller.api, servers.idp, f"bob@{some_domain()}")
    job_id = await a_finished_job(other)
    generator = Path(sys.executable).with_name("openapi-python-client")
    made = await run(
        *(generator, "generate", "--path", FIRST_VERSION, "--meta", "none", "--output-path", "client_of_v1"),
        folder=tmp_path,
    )
    (tmp_path / "program.py").write_text(PYTHON, encoding="utf-8")

    told = await run(
        *(sys.executable, "program.py", url, caller.pair["access_token"], job_id, other.pair["access_token"]),
        folder=tmp_path,
    )
    await other.api.aclose()

    schemas = json.loads(FIRST_VERSION.read_text(encoding="utf-8"))["components"]["schemas"]
    classes = (tmp_path / "client_of_v1" / "models" / "__init__.py").read_text(encoding="utf-8")
    assert [name for name in schemas if f'"{name}"' not in classes] == []
    assert made.count("WARNING") == made.count("application/x-ndjson") // 2 == 1
    assert json.loads(told.splitlines()[-1]) == READ


async def test_a_typescript_client_reads_every_error(
    url: str, servers: Servers, caller: Person, tmp_path: Path
) -> None:
    other = await sign_in(caller.api, servers.idp, f"bob@{some_domain()}")
    job_id = await a_finished_job(other)
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin") or "node"
    (tmp_path / "program.ts").write_text(TYPESCRIPT, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(WEB / "node_modules")
    output = {"path": str(tmp_path / "generated"), "module": {"extension": ".ts"}}
    plugins = ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"]
    asked = {"input": str(FIRST_VERSION), "output": output, "plugins": plugins}
    (tmp_path / "openapi-ts.config.mjs").write_text(f"export default {json.dumps(asked)}", encoding="utf-8")
    strict = ["--noEmit", "--strict", "--allowImportingTsExtensions", "--skipLibCheck"]
    modern = ["--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler", "--types", "node"]

    await run(node, WEB / "node_modules" / "@hey-api" / "openapi-ts" / "bin" / "run.js", folder=tmp_path)
    await run(
        node, WEB / "node_modules" / "typescript" / "bin" / "tsc", *strict, *modern, "program.ts", folder=tmp_path
    )
    told = await run(
        *(node, "program.ts", url, caller.pair["access_token"], job_id, other.pair["access_token"]), folder=tmp_path
    )
    await other.api.aclose()

    assert json.loads(told.splitlines()[-1]) == READ
