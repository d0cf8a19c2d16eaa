-- The operator closed the viewer: the session ends then, unless the viewer is opened again.
ALTER TABLE sessions ADD COLUMN leave_by BIGINT;
