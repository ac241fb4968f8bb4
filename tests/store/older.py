"""The tables as versions before this one made them in SQLite."""

VERSION_2 = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, plan TEXT NOT NULL, playbook TEXT NOT NULL,
    started_at TEXT NOT NULL, finished_at TEXT, exit_code INTEGER);
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
    tenant TEXT NOT NULL, step TEXT NOT NULL, data TEXT NOT NULL,
    stored_at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')),
    PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS events_by_tenant ON events (tenant, kind, stored_at);
CREATE TABLE IF NOT EXISTS orders (
    tenant TEXT NOT NULL, step TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL,
    sku TEXT NOT NULL, seats INTEGER NOT NULL, opened_at TEXT NOT NULL, confirmed_at TEXT,
    closed_at TEXT, playbook TEXT NOT NULL, reference TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, step, opened_at));
CREATE TABLE IF NOT EXISTS waits (
    tenant TEXT NOT NULL, step TEXT NOT NULL, since TEXT NOT NULL, why TEXT NOT NULL,
    task TEXT NOT NULL, look_again_at TEXT, deadline_at TEXT, playbook TEXT NOT NULL,
    PRIMARY KEY (tenant, step));
CREATE TABLE IF NOT EXISTS unheld (
    tenant TEXT NOT NULL, sku TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (tenant, sku));
CREATE TABLE IF NOT EXISTS snapshots (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, tenant TEXT NOT NULL, at TEXT NOT NULL,
    body BLOB NOT NULL, playbook TEXT NOT NULL DEFAULT '', closed_at TEXT);
CREATE TABLE IF NOT EXISTS tenants (
    name TEXT PRIMARY KEY, tenant TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL,
    state TEXT NOT NULL, summary TEXT NOT NULL);
PRAGMA user_version=2;
"""

VERSION_1 = (
    VERSION_2.replace(" reference TEXT NOT NULL DEFAULT '',", "")
    .replace(", playbook TEXT NOT NULL DEFAULT '', closed_at TEXT", "")
    .replace("user_version=2", "user_version=1")
)
