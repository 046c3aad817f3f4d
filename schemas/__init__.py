"""What every table must look like. No I/O, no Dagster, no SQL in this room."""
