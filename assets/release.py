"""The release: what everything else was for."""

from collections.abc import Iterator

import dagster as dg

from pipelines.errors import JamlikError
from pipelines.orchestration.factory import OWNERS, key
from pipelines.orchestration.progress import listener
from pipelines.release.building import released_tables
from pipelines.release.publish import publish
from pipelines.warehouse.warehouse import Built


@dg.asset(
    key=dg.AssetKey(["release", "latest"]),
    deps=[key(f"mart.{table.name}") for table in released_tables() if table.name != "release"],
    group_name="release",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
    description="The latest release: DuckDB, parquet and their description, put in place by one rename",
    required_resource_keys={"warehouse"},
)
def latest(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    listener().started("release.latest")
    try:
        published = publish(context.resources.warehouse)
    except JamlikError as fault:
        listener().failed("release.latest", str(fault))
        raise dg.Failure(description=str(fault), allow_retries=False) from fault
    listener().release = str(published.path)
    listener().finished(Built("release.latest", 0, published.seconds, skipped=not published.new))
    yield dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(published.path)), "new": published.new})
