-- Directories of people, and rights granted through roles.
-- Times are milliseconds since 1970 (BIGINT), identifiers are UUIDs as text.

CREATE TABLE directories (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('local')),
    -- In which the helpdesk of this directory keeps its hours.
    time_zone TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
INSERT INTO directories (id, name, kind, time_zone, created_at, version)
VALUES ('00000000-0000-7000-8000-000000000001', 'Local', 'local', 'UTC', 0, 1);

CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Cannot be changed or removed.
    built_in BOOLEAN NOT NULL,
    version BIGINT NOT NULL
);
INSERT INTO roles (id, name, built_in, version) VALUES
    ('00000000-0000-7000-8000-000000000001', 'Administrator', TRUE, 1),
    ('00000000-0000-7000-8000-000000000002', 'Operator', TRUE, 1);

CREATE TABLE role_rights (
    role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    right_code TEXT NOT NULL,
    PRIMARY KEY (role_id, right_code)
);
INSERT INTO role_rights (role_id, right_code) VALUES
    ('00000000-0000-7000-8000-000000000001', 'administer'),
    ('00000000-0000-7000-8000-000000000001', 'requests_create'),
    ('00000000-0000-7000-8000-000000000001', 'requests_edit'),
    ('00000000-0000-7000-8000-000000000001', 'requests_view'),
    ('00000000-0000-7000-8000-000000000001', 'requests_delete'),
    ('00000000-0000-7000-8000-000000000001', 'devices_view'),
    ('00000000-0000-7000-8000-000000000001', 'devices_manage'),
    ('00000000-0000-7000-8000-000000000002', 'requests_create'),
    ('00000000-0000-7000-8000-000000000002', 'requests_edit'),
    ('00000000-0000-7000-8000-000000000002', 'requests_view'),
    ('00000000-0000-7000-8000-000000000002', 'requests_delete'),
    ('00000000-0000-7000-8000-000000000002', 'devices_view');

-- Who has which role, and where: `all`, or one directory.
CREATE TABLE role_grants (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES roles (id),
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, role_id, scope)
);
CREATE INDEX role_grants_by_role ON role_grants (role_id);
INSERT INTO role_grants (user_id, role_id, scope, granted_at)
SELECT id, '00000000-0000-7000-8000-000000000001', 'all', created_at FROM users WHERE role = 'administrator';
INSERT INTO role_grants (user_id, role_id, scope, granted_at)
SELECT id, '00000000-0000-7000-8000-000000000002', 'all', created_at FROM users WHERE role = 'operator';

ALTER TABLE users ADD COLUMN directory_id TEXT NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001';
CREATE INDEX users_by_directory ON users (directory_id, name);
CREATE INDEX users_by_name ON users (name, id);
ALTER TABLE users DROP COLUMN role;
