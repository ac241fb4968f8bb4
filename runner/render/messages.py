"""Write a notice the way Teams, Slack or a program takes it."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from runner.model.notice import Notice
from runner.model.outcome import Event
from runner.render.lines import event_document
from runner.render.notices import impersonal_values

MOST_BYTES = 16_000
MOST_LINES = 60
LONGEST_LINE = 600
"""Together below what both take, with what surrounds each line.

Source: "Create incoming webhooks" of Microsoft Teams (a message has at most 28 KB), and
"Text object" of Slack's Block Kit (a text has 1 to 3,000 characters), read 2026-11-23.
"""

SLACK_TEXT = 2_900

Write = Callable[[Notice, Event], Mapping[str, Any]]


def message(form: str, notice: Notice, event: Event) -> bytes:
    """Return the body to post, as JSON."""
    return msgspec.json.encode(FORMS[form](notice, event))


def _teams(notice: Notice, _: Event) -> Mapping[str, Any]:
    """Write an Adaptive Card; a `TextRun` takes no Markdown, so that names stay what they are.

    Source: "Send Adaptive Cards using an incoming webhook" of Microsoft Teams (the envelope), and
    "TextRun" of the Adaptive Cards schema, version 1.2, read 2026-11-23.
    """
    runs = [{"type": "TextRun", "text": _title(notice), "weight": "Bolder", "size": "Medium"}]
    runs += [{"type": "TextRun", "text": line} for line in _cut(notice)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in runs],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _slack(notice: Notice, _: Event) -> Mapping[str, Any]:
    """Write blocks of plain text, and the title for what shows no blocks.

    Source: "Formatting text" of Slack's developer documentation (`&`, `<` and `>` are escaped in
    `text`, else `<!channel>` calls everybody), read 2026-11-23.
    """
    title = _title(notice)
    safe = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    texts = [title, *_joined(_cut(notice))]
    blocks = [
        {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
        for text in texts
    ]
    return {"text": safe, "blocks": blocks}


def _json(_: Notice, event: Event) -> Mapping[str, Any]:
    document = event_document(event)
    return {**document, "data": impersonal_values(document["data"])}


FORMS: Mapping[str, Write] = MappingProxyType({"teams": _teams, "slack": _slack, "json": _json})
"""Every format of a webhook, by the name a person types."""


def _title(notice: Notice) -> str:
    return notice.title[:LONGEST_LINE]


def _cut(notice: Notice) -> list[str]:
    """Return the lines that fit, and how many more there are."""
    kept: list[str] = []
    length = 0
    for line in notice.lines:
        short = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
        length += len(short.encode())
        if len(kept) == MOST_LINES or length > MOST_BYTES:
            left = len(notice.lines) - len(kept)
            return [*kept, f"and {left} more lines"]
        kept.append(short)
    return kept


def _joined(lines: list[str]) -> Iterator[str]:
    """Yield the lines in as few texts as Slack takes them."""
    text = ""
    for line in lines:
        if text and len(text) + 1 + len(line) > SLACK_TEXT:
            yield text
            text = line
        else:
            text = f"{text}\n{line}" if text else line
    if text.strip():
        yield text
