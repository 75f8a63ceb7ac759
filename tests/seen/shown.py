"""What a process shows at `/metrics`."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

Shown = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Shown:
    """Every sample, by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def metrics_of(url: str, token: str | None = None) -> Shown:
    """What it shows now."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(trust_env=False) as client:
        return read((await client.get(f"{url}/metrics", headers=headers)).raise_for_status().text)


def value(shown: Shown, name: str, **labels: str) -> float:
    """The sum of all samples of this name that have these labels."""
    return sum(found for (one, said), found in shown.items() if one == name and labels.items() <= set(said))
