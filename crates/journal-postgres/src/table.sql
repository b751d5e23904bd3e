CREATE TABLE IF NOT EXISTS copper_journal (
    journal text        NOT NULL,               -- the name of the journal
    line    bigint      NOT NULL,               -- from 1, as in a file; 0 is the fencing token
    text    text        NOT NULL,               -- the line, without its end
    written timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (journal, line)
);
