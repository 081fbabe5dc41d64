"""The tables of an index, and how an older index gets them."""

SCHEMA = 2

TABLES = """
create table meta (key text primary key, value text not null) without rowid;
create table document (
    row integer primary key, id text not null, version text, revision text, kind text not null, source text not null,
    title text not null, effective text, manufacturer text, application text, original integer, publication text,
    url text, licence text, demonstration integer not null, set_id text, text text not null, body text not null,
    drugs text not null, content blob not null, added integer not null, retired integer, reason text,
    since text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')), ended text
);
create index document_id on document (id);
create index document_retired on document (retired);
create table passage (
    row integer primary key, id text not null, document integer not null references document, section text not null,
    start integer not null, end integer not null, text text not null, context text, content blob not null
);
create index passage_document on passage (document);
create index passage_id on passage (id);
create index passage_content on passage (content);
create table window (
    passage integer not null references passage, vector integer not null references vector,
    primary key (passage, vector)
) without rowid;
create index window_vector on window (vector);
create table vector (row integer primary key autoincrement, key blob not null unique, data blob not null);
create table name (
    norm text not null, kind text not null, drug text not null, document integer not null references document
);
create index name_norm on name (norm);
create index name_drug on name (drug);
create index name_document on name (document);
create table class (
    substance text not null, unii text, name text not null, kind text not null, source text not null,
    document integer references document, file text, added integer not null default 0, retired integer
);
create index class_substance on class (substance);
create index class_name on class (name);
create table file (
    sha256 text not null, reader text not null, path text not null, failed text,
    seen text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    primary key (sha256, reader)
) without rowid;
create table failure (path text primary key, sha256 text not null, reason text not null, file text) without rowid;
create index failure_file on failure (file);
create table holding (sha256 text not null, document text not null, primary key (sha256, document)) without rowid;
create index holding_document on holding (document);
create table place (path text not null, sha256 text not null, primary key (path, sha256)) without rowid;
create index place_sha256 on place (sha256);
create table generation (number integer primary key, token text not null);
"""

MIGRATIONS = {
    1: """
alter table document add column ended text;
alter table class add column added integer not null default 0;
alter table class add column retired integer;
alter table failure add column file text;
update failure set file = coalesce((select path from file where file.sha256 = failure.sha256), failure.path);
create index failure_file on failure (file);
create index holding_document on holding (document);
create table place (path text not null, sha256 text not null, primary key (path, sha256)) without rowid;
create index place_sha256 on place (sha256);
create table generation (number integer primary key, token text not null);
insert into generation select value, value from meta where key = 'generation';
insert or ignore into meta
    select 'passages', substr(reader, instr(reader, '/') + 1) from file order by seen desc limit 1;
insert into place select distinct path, sha256 from file as f where not exists (
    select 1 from file as later where later.path = f.path and later.failed is null and later.seen > f.seen
);
""",
}
"""From a schema to the one after it, in one transaction; all of it is quick, however large the index."""


def statements(script: str) -> list[str]:
    """The statements of a script, one by one: ``executescript`` would commit on its own."""
    return [statement for statement in script.split(";") if statement.strip()]
