"""Contracts of the catalogue as tables: what the YAML under `data/catalogue/` must amount to."""

from schemas import fields as f
from schemas.fields import BOOLEAN, DOUBLE, INTEGER, STRING, Field, Table, optional

determinant_area = Field(
    "determinant_area",
    STRING,
    "Folkhälsomyndigheten's determinant area; null for outcomes and processes",
    pattern=f.IDENTIFIER,
    nullable=True,
)
window_years = Field(
    "window_years", INTEGER, "Years that one figure is made of; 1 for a single year", at_least=1, at_most=10
)
period_basis = Field(
    "period_basis",
    STRING,
    "calendar, or election where the source repeats a figure between elections",
    one_of=("calendar", "election"),
)
target_value = Field("target_value", DOUBLE, "The value aimed at where polarity is target", nullable=True)
sort_order = Field("sort_order", INTEGER, "Order to show in", at_least=1)
subgroup_order = Field(
    "subgroup_order",
    INTEGER,
    "1 = most disadvantaged; null where the dimension is not ordered",
    at_least=1,
    nullable=True,
)

COLLECTIONS = ("administrative", "sample_survey", "citizen_survey", "election")
ERRORS_REFUSED = ("few_seats", "extreme_of_many", "counted_whole", "question_changed")
collection = Field(
    "collection",
    STRING,
    "How the figures come about: administrative (registers and reports), sample_survey, citizen_survey or election",
    one_of=COLLECTIONS,
)
error_refused = Field(
    "error_refused",
    STRING,
    "Why no standard error is estimated: few_seats (a council), extreme_of_many (the lowest of a place's districts), "
    "counted_whole (a structure that is counted, not moved by chance), question_changed; null where one may be",
    one_of=ERRORS_REFUSED,
    nullable=True,
)

INDICATOR = (
    f.indicator_id,
    f.title_sv,
    f.title_en,
    Field("synonyms_sv", STRING, "Other words that people look for it by, in Swedish, joined by a comma and a space"),
    Field("synonyms_en", STRING, "Other words that people look for it by, in English, joined by a comma and a space"),
    Field("description_sv", STRING, "What it says about a place, in Swedish"),
    f.recommendation,
    determinant_area,
    Field("role", STRING, "determinant, outcome, process, data_quality or context", one_of=f.ROLES),
    Field("core_indicator", BOOLEAN, "True where Folkhälsomyndigheten counts it among its core indicators"),
    optional(Field("age_range", STRING, "Ages covered")),
    optional(Field("numerator_sv", STRING, "What is counted, in Swedish")),
    optional(Field("denominator_sv", STRING, "Among whom or what, in Swedish")),
    f.unit,
    f.scale,
    f.family,
    f.polarity,
    target_value,
    optional(
        Field(
            "circular_with",
            STRING,
            "Dimensions whose groups are made of what it counts, so that no gap between them is made; "
            "joined by a comma and a space",
        )
    ),
    f.provenance,
    optional(f.source_ids),
    optional(Field("kolada_kpis", STRING, "Kolada key figures it is read from, joined by a comma and a space")),
    Field("model", STRING, "SQL model that computes it", pattern=f.IDENTIFIER),
    period_basis,
    window_years,
    optional(Field("method_sv", STRING, "How it is computed, in Swedish; null where it is published as it stands")),
    optional(Field("limits_sv", STRING, "What a user must know before using it, in Swedish")),
    optional(
        Field("selection_sv", STRING, "Who is left out of it by its definition, in Swedish; null where nobody is")
    ),
    Field(
        "may_exceed_scale",
        BOOLEAN,
        "True where a share can exceed its scale, numerator and denominator being counted apart",
    ),
    collection,
    error_refused,
    optional(
        Field("same_fact_as", STRING, "The indicator that counts the same thing another way; counted once in a summary")
    ),
    optional(
        Field(
            "shown_beside",
            STRING,
            "The indicator of places that this one, of the nation by social group, is shown beside; another source or "
            "question, so never one series",
        )
    ),
)

_CONTRACTS = (
    Table("catalogue.indicator", "Indicators of the catalogue", INDICATOR, key=("indicator_id",)),
    Table(
        "catalogue.kolada_series",
        "Which Kolada key figure is which indicator, group and sex",
        (
            f.indicator_id,
            f.kpi_id,
            optional(f.dimension),
            optional(f.group_code),
            optional(f.renamed(f.sex, "only_sex")),
            optional(Field("counted_kpi", STRING, "Key figure that counts the numerator; null where none does")),
            optional(Field("among_kpi", STRING, "Key figure that counts the denominator; null where none does")),
            optional(Field("counted_from", INTEGER, "First year in which the counts are those of the share")),
            window_years,
            period_basis,
            f.provenance,
        ),
        key=("kpi_id",),
    ),
    Table(
        "catalogue.eurostat_series",
        "Which of Eurostat's figures is which indicator and age",
        (
            f.indicator_id,
            Field("source_table", STRING, "Eurostat's table"),
            Field("category", STRING, "Eurostat's code of an answer"),
            Field("categories", INTEGER, "How many answers the figure is the sum of", at_least=1),
            Field("age_label", STRING, "Eurostat's code of the ages"),
            optional(Field("age_group", STRING, "Group of the dimension age; null for the indicator's own ages")),
            optional(Field("left_out", STRING, "Groups that are not read, joined by a comma and a space")),
            f.provenance,
        ),
        key=("indicator_id", "source_table", "category", "age_label"),
    ),
    Table(
        "catalogue.election_year",
        "Election years of indicators that the source repeats between elections",
        (f.indicator_id, f.year),
        key=("indicator_id", "year"),
    ),
    Table(
        "catalogue.indicator_break",
        "Breaks in series: the first year of the new definition",
        (f.indicator_id, f.year, Field("reason_sv", STRING, "What changed, in Swedish")),
        key=("indicator_id", "year"),
    ),
    Table(
        "catalogue.not_compared",
        "Comparisons that an indicator cannot bear: no inequality measure is made of them",
        (
            f.indicator_id,
            Field(
                "dimension",
                STRING,
                "Which comparison: sex, age, municipality, deprivation_quintile …",
                pattern=f.IDENTIFIER,
            ),
            optional(f.renamed(f.year, "until_year")),
            Field("reason_sv", STRING, "Why not, in Swedish"),
        ),
        key=("indicator_id", "dimension"),
    ),
    Table(
        "catalogue.circular_with",
        "Splits of an indicator by what it is made of: no inequality measure is made of them",
        (
            f.indicator_id,
            Field("dimension", STRING, "Which split: sex, education, deprivation_quintile …", pattern=f.IDENTIFIER),
        ),
        key=("indicator_id", "dimension"),
    ),
    Table(
        "catalogue.unit",
        "Units of measurement",
        (
            f.unit,
            f.label_sv,
            f.label_en,
            f.scale,
            f.family,
            Field("decimals", INTEGER, "Decimals to show", at_least=0, at_most=6),
        ),
        key=("unit",),
    ),
    Table(
        "catalogue.social_group",
        "Social groups within each dimension",
        (
            f.dimension,
            f.group_code,
            f.label_sv,
            f.label_en,
            f.renamed(f.label_sv, "dimension_sv"),
            f.renamed(f.label_en, "dimension_en"),
            sort_order,
            Field("ordered", BOOLEAN, "True where the groups run from disadvantaged to advantaged"),
            subgroup_order,
            Field("is_reference", BOOLEAN, "True for the group that others are compared with"),
        ),
        key=("dimension", "group_code"),
    ),
    Table(
        "catalogue.recommendation",
        "The five recommendations of Samling för social hållbarhet (2013)",
        (f.recommendation, Field("short_sv", STRING, "Short title in Swedish"), f.title_sv, f.title_en),
        key=("recommendation",),
    ),
    Table(
        "catalogue.determinant_area",
        "Folkhälsomyndigheten's eight areas of determinants",
        (
            Field("determinant_area", STRING, "Folkhälsomyndigheten's determinant area", pattern=f.IDENTIFIER),
            f.label_sv,
            f.label_en,
            Field("number", INTEGER, "The agency's own number of the area", at_least=1, at_most=8),
        ),
        key=("determinant_area",),
    ),
    Table(
        "catalogue.catalogue_row",
        "The list of wanted measurements, each with what became of it",
        (
            Field("catalogue_row_id", STRING, "Name of the wanted measurement", pattern=f.IDENTIFIER),
            f.title_sv,
            f.title_en,
            f.recommendation,
            determinant_area,
            Field("role", STRING, "determinant, outcome, process, data_quality or context", one_of=f.ROLES),
            Field("core_indicator", BOOLEAN, "True where Folkhälsomyndigheten counts it among its core indicators"),
            f.polarity,
            target_value,
            Field("definition_sv", STRING, "What it measures, in Swedish"),
            optional(Field("limits_sv", STRING, "What a user must know before using it, in Swedish")),
            optional(f.indicator_id),
            optional(Field("split", STRING, "Which split of the indicator it is")),
            Field(
                "state",
                STRING,
                "with_figures, not_fetched, must_be_ordered (the source has it and delivers it on order), no_source or not_yet_published",
                one_of=("with_figures", "not_fetched", "must_be_ordered", "no_source", "not_yet_published"),
            ),
            optional(Field("reason_sv", STRING, "Why there are no figures, in Swedish")),
            optional(Field("missing_sv", STRING, "What would be needed, in Swedish")),
        ),
        key=("catalogue_row_id",),
    ),
    Table(
        "catalogue.headline",
        "The indicators that a profile of a place begins with",
        (f.indicator_id, sort_order),
        key=("indicator_id",),
    ),
    Table(
        "catalogue.source_table",
        "Source tables with publisher and licence",
        (
            f.table_id,
            f.publisher,
            Field("published_as", STRING, "The publisher's name for the table"),
            f.title_sv,
            f.licence,
            Field("citation", STRING, "How to cite it"),
            optional(Field("url", STRING, "The publisher's page")),
            Field(
                "confidentiality",
                STRING,
                "public, or secret until disclosure control has made it publishable",
                one_of=("public", "secret"),
            ),
            Field(
                "restricted",
                BOOLEAN,
                "True where the terms are unclear or forbid commercial use; `jamlik run --no-restricted` leaves it out",
            ),
            Field(
                "cadence", STRING, "How often the publisher renews it", one_of=("weekly", "monthly", "yearly", "never")
            ),
            optional(
                Field("order_form", STRING, "Where it says what to ask the publisher for; null where it is not ordered")
            ),
            optional(
                Field("order_dimensions", STRING, "What it can be ordered split by, joined by a comma and a space")
            ),
        ),
        key=("table_id",),
    ),
)

CONTRACTS = {table.name: table for table in _CONTRACTS}
