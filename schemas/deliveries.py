"""Contracts of ordered deliveries: what a register extract looks like once its columns and codes are the project's own.

Belongs here: the shapes that the inbox lands and the secret core tables made of them. Not here: how a delivery's own
columns and codes become these (`data/catalogue/deliveries.yaml` and the YAML beside each file), nor public tables.
"""

from schemas import fields as f
from schemas.fields import DOUBLE, INTEGER, STRING, Field, Table, optional

SEX = ("women", "men", "total")
EDUCATION = ("primary", "secondary", "tertiary", "unknown", "total")
COUNTRY_OF_BIRTH = ("native", "foreign", "unknown", "total")
AFFILIATIONS = ("1", "2", "3", "4", "5", "6", "7")
ESTABLISHMENT = ("established", "weak", "none", "unknown", "total")

_sex = Field("sex", STRING, "women or men; total where the delivery is not split by sex", one_of=SEX)
_age_group = Field(
    "age_group",
    STRING,
    "Age band on 31 December; the bands of a year cover its span once",
    pattern=r"^(total|\d+-\d+)$",
)
_education = Field(
    "education",
    STRING,
    "Highest education; total where the delivery is not split by it",
    one_of=EDUCATION,
)
_country_of_birth = Field(
    "country_of_birth",
    STRING,
    "Born in Sweden (native) or abroad (foreign); total where the delivery is not split by it",
    one_of=COUNTRY_OF_BIRTH,
)
_affiliation = Field(
    "main_affiliation",
    STRING,
    "Main affiliation over the year: 1 full-year employed, 2 newly employed, 3 left, 4 part-year, 5 combined with own "
    "business, 6 self-employed, 7 without work",
    one_of=AFFILIATIONS,
)
_establishment = Field(
    "establishment",
    STRING,
    "Of those with work (affiliation 1–6): established, weak (earned income below 60 % of the median of their age, sex "
    "and education) or unknown; none for those without work; total where the delivery is not split by it",
    one_of=ESTABLISHMENT,
)
_persons = optional(f.persons)
_state = (f.status, f.status_reason)
_origin = (f.provenance, f.source_ids)

_who = (_sex, _age_group, _education, _country_of_birth)
_cell_key = (*_who, _affiliation, _establishment)
_flow_key = (
    *_who,
    f.renamed(_affiliation, "from_affiliation"),
    f.renamed(_establishment, "from_establishment"),
    _affiliation,
    _establishment,
)
_graduate_key = (
    Field("exam_years", STRING, "First and last year of graduation, YYYY-YYYY", pattern=r"^\d{4}-\d{4}$"),
    Field("followup_years", STRING, "First and last year of the follow-up, YYYY-YYYY", pattern=r"^\d{4}-\d{4}$"),
    Field("years_since", INTEGER, "Years between exam and follow-up", at_least=0, at_most=40),
    Field("programme", STRING, "Educational programme, the delivery's own label"),
    Field(
        "home_municipality",
        STRING,
        "Municipality of residence at graduation; total for all, none where not known",
        pattern=r"^(total|none|\d{4})$",
    ),
    Field(
        "work_municipality",
        STRING,
        "Municipality of the workplace; total for all, none for those without",
        pattern=r"^(total|none|\d{4})$",
    ),
)
# What the follow-up counts: `established` is a part of `employed`, so the columns do not add to `graduates`.
GRADUATE_COUNTS = ("employed", "established", "studying", "unemployed", "other", "graduates")
_graduate_counts = tuple(
    Field(name, DOUBLE, f"Persons: {name}; null where the delivery gives no number", at_least=0, nullable=True)
    for name in GRADUATE_COUNTS
)


def _names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(each.name for each in fields)


_CONTRACTS = (
    Table(
        "affiliation_cells",
        "Persons by municipality, sex, age, education, country of birth, main affiliation and establishment",
        (f.municipality, f.year, *_cell_key, f.value, f.symbol),
        key=("municipality", "year", *_names(_cell_key)),
        secret=True,
    ),
    Table(
        "affiliation_flows",
        "Persons by municipality and group, and by affiliation and establishment the year before and this year",
        (f.municipality, f.year, *_flow_key, f.value, f.symbol),
        key=("municipality", "year", *_names(_flow_key)),
        secret=True,
    ),
    Table(
        "graduate_followup",
        "Graduates some years after their exam, by programme, home and work municipality",
        (
            *_graduate_key,
            *_graduate_counts,
            *(
                Field(f"{name}_status", STRING, f"What stood in {name} where no number did", nullable=True)
                for name in GRADUATE_COUNTS
            ),
        ),
        key=_names(_graduate_key),
        secret=True,
    ),
)
CONTRACTS = {table.name: table for table in _CONTRACTS}

_CORE = (
    Table(
        "core.raks_margin",
        "The public figures that the made-up RAKS delivery is fitted to, each with its own year",
        (
            Field("margin", STRING, "Which margin", pattern=f.IDENTIFIER),
            f.area_code,
            _sex,
            _age_group,
            Field("education", STRING, "Highest education; total where not split", one_of=EDUCATION),
            Field("main_affiliation", STRING, "Main affiliation; total where not split", pattern=r"^([1-7]|total)$"),
            optional(f.value),
            Field("unit", STRING, "persons or percent", one_of=("persons", "percent")),
            f.renamed(f.year, "margin_year"),
            f.source_ids,
        ),
        key=("margin", "area_code", "sex", "age_group", "education", "main_affiliation"),
    ),
    Table(
        "core.raks_cell",
        "Persons by municipality, year and social cell, main affiliation and establishment (RAKS, ordered or made up)",
        (f.area_code, f.year, *_cell_key, _persons, *_state, *_origin),
        key=("area_code", "year", *_names(_cell_key)),
        secret=True,
    ),
    Table(
        "core.raks_flow",
        "Persons by municipality, year and social cell, and by affiliation and establishment the year before and this year",
        (f.area_code, f.year, *_flow_key, _persons, *_state, *_origin),
        key=("area_code", "year", *_names(_flow_key)),
        secret=True,
    ),
    Table(
        "core.raks_graduate",
        "Graduates some years after their exam by home municipality, programme and workplace municipality, as delivered",
        (
            f.area_code,
            f.period,
            f.year,
            *(each for each in _graduate_key if each.name not in ("followup_years", "home_municipality")),
            Field("group_code", STRING, "The programme's group; total for all, null where it is none", nullable=True),
            *_graduate_counts,
            *_state,
            *_origin,
        ),
        key=("area_code", "period", "exam_years", "years_since", "programme", "work_municipality"),
        secret=True,
    ),
)
CORE_CONTRACTS = {table.name: table for table in _CORE}
