/** Marks the file as a history of Parley ("PRLY"): `PRAGMA application_id`. */
export const APPLICATION_ID = 0x50_52_4c_59

/**
 * What turns one version of the file into the next; the first makes it from nothing. `user_version`
 * is how many have been done. A step is never changed once it was released.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE conversations (
    id TEXT PRIMARY KEY NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    changed INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    persona TEXT
  ) STRICT;
  CREATE INDEX conversations_by_start ON conversations (started, id);

  CREATE TABLE entries (
    key INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    position REAL NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    source TEXT NOT NULL,
    text TEXT NOT NULL,
    text_state TEXT NOT NULL,
    heard_ms REAL,
    heard_audio_ms REAL,
    heard_chars INTEGER,
    heard_cut INTEGER,
    response_status TEXT,
    response_reason TEXT,
    at INTEGER NOT NULL,
    audio_ms REAL,
    audio_file TEXT,
    -- JSON: what only its kind has (the call of a tool, the pictures of a message)
    detail TEXT,
    UNIQUE (conversation, id)
  ) STRICT;
  CREATE INDEX entries_by_position ON entries (conversation, position);

  CREATE TABLE usage (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    -- JSON: by kind, as the server reported it
    usage TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation, kind, id)
  ) STRICT;
  CREATE INDEX usage_by_time ON usage (at);

  -- The texts themselves stay in entries; this holds the index alone.
  CREATE VIRTUAL TABLE entry_words USING fts5 (
    text, content = 'entries', content_rowid = 'key', tokenize = 'unicode61 remove_diacritics 2'
  );
  -- What is deleted is overwritten, not only marked.
  INSERT INTO entry_words (entry_words, rank) VALUES ('secure-delete', 1);

  CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
    INSERT INTO entry_words (rowid, text) VALUES (new.key, new.text);
  END;
  CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
    INSERT INTO entry_words (entry_words, rowid, text) VALUES ('delete', old.key, old.text);
  END;
  CREATE TRIGGER entry_changed AFTER UPDATE OF text ON entries WHEN old.text IS NOT new.text BEGIN
    INSERT INTO entry_words (entry_words, rowid, text) VALUES ('delete', old.key, old.text);
    INSERT INTO entry_words (rowid, text) VALUES (new.key, new.text);
  END;
  `,
]

/** For each batch: gives a conversation its row, or what has changed of it. */
export const PUT_CONVERSATION = `
  INSERT INTO conversations (id, started, ended, changed, endpoint, model, persona)
  VALUES (:id, :started, :ended, :changed, :endpoint, :model, :persona)
  ON CONFLICT (id) DO UPDATE SET
    started = excluded.started, ended = excluded.ended, changed = excluded.changed,
    endpoint = excluded.endpoint, model = excluded.model, persona = excluded.persona`

/** Only where its conversation is kept: what was deleted does not come back with a late change. */
export const PUT_ENTRY = `
  INSERT INTO entries (
    conversation, id, position, kind, role, source, text, text_state,
    heard_ms, heard_audio_ms, heard_chars, heard_cut, response_status, response_reason,
    at, audio_ms, audio_file, detail)
  SELECT
    :conversation, :id, :position, :kind, :role, :source, :text, :text_state,
    :heard_ms, :heard_audio_ms, :heard_chars, :heard_cut, :response_status, :response_reason,
    :at, :audio_ms, :audio_file, :detail
  WHERE EXISTS (SELECT 1 FROM conversations WHERE id = :conversation)
  ON CONFLICT (conversation, id) DO UPDATE SET
    position = excluded.position, kind = excluded.kind, role = excluded.role, source = excluded.source,
    text = excluded.text, text_state = excluded.text_state,
    heard_ms = excluded.heard_ms, heard_audio_ms = excluded.heard_audio_ms,
    heard_chars = excluded.heard_chars, heard_cut = excluded.heard_cut,
    response_status = excluded.response_status, response_reason = excluded.response_reason,
    at = excluded.at, audio_ms = excluded.audio_ms, audio_file = excluded.audio_file, detail = excluded.detail`

export const PUT_USAGE = `
  INSERT INTO usage (conversation, kind, id, model, usage, at)
  SELECT :conversation, :kind, :id, :model, :usage, :at
  WHERE EXISTS (SELECT 1 FROM conversations WHERE id = :conversation)
  ON CONFLICT (conversation, kind, id) DO UPDATE SET model = excluded.model, usage = excluded.usage, at = excluded.at`

/** Newest first. */
export const CONVERSATIONS = `
  SELECT c.id, c.started, c.ended, c.endpoint, c.model, c.persona,
    (SELECT count(*) FROM entries e WHERE e.conversation = c.id) AS entries,
    coalesce(
      (SELECT substr(text, 1, 120) FROM entries e WHERE e.conversation = c.id AND e.role = 'user' AND text <> '' ORDER BY position LIMIT 1),
      (SELECT substr(text, 1, 120) FROM entries e WHERE e.conversation = c.id AND text <> '' ORDER BY position LIMIT 1),
      '') AS title
  FROM conversations c
  WHERE (c.started, c.id) < (:started, :id)
  ORDER BY c.started DESC, c.id DESC LIMIT :limit`

/** Newest first: an entry's key grows with time. `char(2)` and `char(3)` stand around what was found. */
export const SEARCH = `
  SELECT e.conversation, c.started, e.id, e.role, e.at,
    snippet(entry_words, 0, char(2), char(3), '…', 24) AS excerpt
  FROM entry_words JOIN entries e ON e.key = entry_words.rowid JOIN conversations c ON c.id = e.conversation
  WHERE entry_words MATCH :query
  ORDER BY entry_words.rowid DESC LIMIT :limit`

/** For scripts that are written without spaces, whose words the index does not know. */
export const SEARCH_WITHIN = `
  SELECT e.conversation, c.started, e.id, e.role, e.at,
    substr(e.text, max(1, instr(lower(e.text), lower(:text)) - 40), 120) AS excerpt
  FROM entries e JOIN conversations c ON c.id = e.conversation
  WHERE instr(lower(e.text), lower(:text)) > 0
  ORDER BY e.key DESC LIMIT :limit`
