-- A snapshot is some 20 kB of JSON, written again every hundred or so events of a cohort. PostgreSQL's own compression takes a
-- millisecond for it (a tenth of the database's time under bookings), lz4 a twentieth of that. A server that was built without
-- lz4 keeps its default.
DO $$
BEGIN
    ALTER TABLE OrleansStorage ALTER COLUMN PayloadBinary SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    NULL;
END
$$;
