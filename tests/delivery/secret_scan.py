"""
Looks for secrets in every file of a folder, with detect-secrets.

What has the shape of a known secret is looked for everywhere. What merely looks like one, a password in an address or
something assigned to a name such as `token`, is looked for in what is deployed alone: tests are full of made-up ones.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

KNOWN_SHAPES = (
    *(
        "ArtifactoryDetector",
        "AWSKeyDetector",
        "AzureStorageKeyDetector",
        "DiscordBotTokenDetector",
        "GitHubTokenDetector",
    ),
    *("GitLabTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector"),
    *("PypiTokenDetector", "SendGridDetector", "SlackDetector", "SquareOAuthDetector", "StripeDetector"),
    *("TelegramBotTokenDetector", "TwilioKeyDetector"),
)
LIKENESSES = ("BasicAuthDetector", "KeywordDetector")
OURS = {
    "an API key of ours": re.compile(r"nx_live_[0-9A-Za-z]{40,}"),
    "a refresh token of ours": re.compile(r"nxr_[0-9A-Za-z_.-]{60,}"),
    "a link of an invitation": re.compile(r"nxi_[0-9A-Za-z_-]{43}"),
    "a secret of a webhook": re.compile(r"whsec_[0-9A-Za-z+/]{40,}"),
    "a key of Google's": re.compile(r"AIza[0-9A-Za-z_-]{35}"),
}
DEPLOYED = ("nexus", "migrations", "deploy", ".github")
NOT_OURS = re.compile(r"\.git|\.venv|node_modules|\.next|__pycache__|\.nexus.*|.*_cache|\.hypothesis|.*\.egg-info")
NOT_READ = re.compile(r"\.env|.*\.(png|ico|woff2?|lock)|package-lock\.json|(dev|runtime)\.txt")
SAID_TO_BE_NONE = re.compile(r'user:password@|"none"|pragma: allowlist secret')
LARGEST = 2_000_000  # bytes; nothing larger is written by hand


def scan(root: Path) -> Iterator[str]:
    """Every place that holds something like a secret: file, line, and of what kind; never the thing itself."""
    files = list(_files(root))
    deployed = [file for file in files if _is_deployed(file.relative_to(root))]
    yield from sorted({*_by_shape(root, files), *_by_likeness(root, deployed)})


def _files(root: Path) -> Iterator[Path]:
    for folder, within, names in os.walk(root):
        within[:] = [name for name in within if not NOT_OURS.fullmatch(name)]
        for name in names:
            file = Path(folder, name)
            if not NOT_READ.fullmatch(name) and file.is_file() and file.stat().st_size <= LARGEST:
                yield file


def _is_deployed(path: Path) -> bool:
    return len(path.parts) == 1 or path.parts[0] in DEPLOYED


def _by_likeness(root: Path, files: list[Path]) -> Iterator[str]:
    with transient_settings({"plugins_used": [{"name": name} for name in LIKENESSES]}):
        likely = [(file, one) for file in files for one in scan_file(str(file))]
    for file, one in likely:
        if not SAID_TO_BE_NONE.search(_text(file).splitlines()[one.line_number - 1]):
            yield f"{file.relative_to(root)}:{one.line_number}: {one.type}"


def _by_shape(root: Path, files: list[Path]) -> Iterator[str]:
    """A whole file at a time: the library itself asks line by line, which takes ten seconds."""
    shapes = list(OURS.items())
    known: dict[str, Any] = get_mapping_from_secret_type_to_class()
    shapes += [(kind, shape) for kind, one in known.items() if one.__name__ in KNOWN_SHAPES for shape in one().denylist]
    for file in files:
        text = _text(file)
        for kind, found in ((kind, found) for kind, shape in shapes for found in shape.finditer(text)):
            number = text.count("\n", 0, found.start()) + 1
            if not SAID_TO_BE_NONE.search(text.splitlines()[number - 1]):
                yield f"{file.relative_to(root)}:{number}: {kind}"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
