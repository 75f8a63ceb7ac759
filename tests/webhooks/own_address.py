"""
Registers and sends to a public address that happens to be this machine's own. Run in a network of its own.

Prints the class of the failure and how many connections arrived.
"""

import asyncio
import sys

from nexus.webhooks.egress import Egress
from tests.webhooks.listeners import PORT, Heard, Names, listen

PUBLIC = "9.9.9.9"


async def main() -> None:
    """Listen on it, and send to it."""
    heard = Heard()
    async with listen(heard, PUBLIC, PORT):
        sent = await Egress(resolver=Names([PUBLIC])).post(f"https://hooks.acme.example:{PORT}/", b"{}", {})
    sys.stdout.write(f"{sent.error} {len(heard.connections)}\n")


if __name__ == "__main__":
    asyncio.run(main())
