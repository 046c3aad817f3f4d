"""Made-up person-year rows under LISA's names, for tests and timings: nobody in them exists.

Every figure is a hash of person, year and a word, so that the same call gives the same rows on any machine. A person
has one sex, year of birth, country of birth and education, and mostly keeps municipality and affiliation.
"""

from contextlib import ExitStack
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

MAPPING = """shape: raks_persons
columns:
  municipality: Kommun
  year: Ar
  person: LopNr
  sex: Kon
  birth_year: FodelseAr
  education:
    column: Sun2020Niva
    codes: {1: primary, 2: primary, 3: secondary, 4: tertiary, 5: tertiary, 6: tertiary, 9: unknown}
  country_of_birth: {column: FodelseLandGrupp, codes: {0: native, 1: foreign, 2: foreign}}
  main_affiliation: Raks_Huvudanknytning
  establishment: {column: Raks_EtablGrad, codes: {1: established, 2: weak, 0: none}}
  limit: Raks_EtablGrans
  earned_income: Raks_Forvink
  total_income: Raks_SummaInk
"""

# What a row lacks. `given`: nothing; `limit`: the degree of establishment, which is made from income and limit;
# `neither`: the limit, too, which has to be made first.
LACKING = ("given", "limit", "neither")


def write(
    path: Path,
    persons: int,
    years: list[int],
    municipalities: list[str],
    lacking: str = "given",
    row_group: int = 122_880,
) -> None:
    """Writes `persons` × `years` rows to the parquet file `path`, sorted by year."""
    assert lacking in LACKING
    listed = ", ".join(f"'{code}'" for code in municipalities)
    degree = {
        "given": "case when h = 7 then 0 when income < boundary then 2 else 1 end",
        "limit": "null",
        "neither": "null",
    }
    limit = "null" if lacking == "neither" else "boundary"
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection, ExitStack() as stack:
        writer = None
        for year in years:  # one at a time, so that a hundred million rows need no more memory than a few
            rows = connection.sql(
                f"""
                with row as (select range as p, {year} as y from range({persons})),
                drawn as (
                    select p, y,
                        [{listed}][1 + floor({len(municipalities)} * pow(
                            (hash(p, 'place', case when hash(p, y, 'moved') % 20 = 0 then y end) % 1000000) / 1e6, 2
                        ))::integer]
                            as kommun,  -- a few large municipalities and many small
                        1 + (hash(p, 'sex') % 2)::integer as kon,
                        {years[-1]} - 18 - (hash(p, 'age') % {years[-1] - years[0] + 49})::integer as fodelsear,
                        [1, 2, 3, 3, 3, 4, 5, 5, 6, 9][1 + (hash(p, 'school') % 10)::integer] as niva,
                        [0, 0, 0, 1, 2][1 + (hash(p, 'born') % 5)::integer] as land,
                        [1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7]
                            [1 + (hash(p, case when hash(p, y, 'new') % 3 = 0 then y end) % 13)::integer] as h,
                        (hash(p, y, 'income') % 600000)::integer as income,
                        150000 + 10000 * (hash(p, 'school') % 10)::integer as boundary
                    from row
                )
                select p as LopNr, y::smallint as Ar, kommun as Kommun, fodelsear::smallint as FodelseAr,
                    kon::tinyint as Kon,
                    niva::tinyint as Sun2020Niva, land::tinyint as FodelseLandGrupp, h::tinyint as Raks_Huvudanknytning,
                    ({degree[lacking]})::tinyint as Raks_EtablGrad, ({limit})::integer as Raks_EtablGrans,
                    case when h = 7 then 0 else income end as Raks_Forvink,
                    case when h = 7 then 0 else income end + 20000 as Raks_SummaInk
                from drawn
                """
            ).to_arrow_reader(row_group)
            if writer is None:
                writer = stack.enter_context(pa.parquet.ParquetWriter(path, rows.schema, compression="zstd"))
            for batch in rows:
                writer.write_batch(batch, row_group)
