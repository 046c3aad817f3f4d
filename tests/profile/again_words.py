"""The Swedish words that a profile may use for the release's codes, written down a second time for `again.py`."""

UNITS = {"procent": " %", "kronor": " kr", "år": " år", "kilometer": " km"}
STATUS = {
    "missing": "saknas", "not_applicable": "ej aktuellt", "suppressed": "dolt", "not_yet_published": "kommer",
    "not_fetched": "ej hämtat", "no_source": "saknas",
}  # fmt: skip
REASONS = {
    "source_gave_none": "källan anger inget värde",
    "withdrawn_at_source": "källan har tagit bort uppgiften",
    "absent_at_source": "området finns inte i källans tabell",
    "not_collected_this_year": "samlades inte in det året",
    "nonresponse": "inget svar lämnades till källan",
    "not_available_at_source": "källan har inte uppgiften",
    "false_at_source": "källans siffra är uppenbart fel",
    "secrecy_at_source": "källan döljer små tal",
    "hidden_here": "dolt för att skydda enskilda",
    "withheld_here": "hålls inne för att skydda enskilda",
    "incomplete_group": "någon del av området saknar uppgift",
    "too_few_events": "för få händelser",
    "no_population": "ingen finns i gruppen",
    "zero_denominator": "inget att räkna andel av",
    "not_reported": "inte inlämnat",
    "must_be_ordered": "måste beställas",
}
ABSENT = {
    "not_collected": "samlas inte in",
    "not_published_at_this_level": "publiceras inte för den här nivån",
    "only_by_group": "finns bara uppdelat på grupper",
    "must_be_ordered": "måste beställas",
    "only_synthetic": "bara påhittade siffror; riktiga måste beställas",
    "not_fetched": "finns hos källan men är inte hämtat",
    "not_yet_published": "ännu inte publicerat",
    "suppressed_here": "dolt för att skydda enskilda",
    "unexplained_at_source": "källan anger inget värde",
}
AGAINST = {
    None: "–",
    "better": "säkerställt bättre",
    "worse": "säkerställt sämre",
    "above": "säkerställt högre",
    "below": "säkerställt lägre",
    "better, small": "säkert lite bättre",
    "worse, small": "säkert lite sämre",
    "above, small": "säkert lite högre",
    "below, small": "säkert lite lägre",
    "no_certain_difference": "ingen säkerställd",
    "not_assessable": "kan inte bedömas",
}
TREND = {
    None: "–",
    "improving": "har förbättrats",
    "worsening": "har försämrats",
    "rising": "har ökat",
    "falling": "har minskat",
    "narrowing": "har minskat",
    "widening": "har ökat",
    "no_certain_change": "ingen säkerställd",
    "not_assessable": "kan inte bedömas",
}
CERTAIN = {"yes": "säkerställd", "no": "inte säkerställd", "not_assessable": "kan inte bedömas"}
# Wanted measures without figures: said of one, and of several.
TOLD = {
    "not_fetched": ("finns hos källan men är inte hämtat", "finns hos källan men är inte hämtade"),
    "no_source": ("har ingen öppen källa", "har ingen öppen källa"),
    "not_yet_published": ("är ännu inte publicerat", "är ännu inte publicerade"),
}
# Why something cannot be judged, in the order they are said.
WHY = {
    "no_standard_error": "osäkerheten är inte känd",
    "no_recent_figure": "siffran är för gammal",
    "no_comparator_figure": "det finns ingen siffra att jämföra med",
    "other_survey": "siffrorna kommer ur olika enkäter",
    "not_compared": "platserna går inte att jämföra",
    "coarse_rounding": "källan avrundar för grovt",
    "too_few_periods": "för få år",
    "too_short_span": "åren ligger för tätt",
    "break_in_series": "serien är bruten",
    "overlapping_periods": "mätperioderna delar år",
    "groups_changed": "grupperna är inte desamma",
    "changed_sides": "värdet har passerat målet, eller grupperna har bytt plats",
    "current_prices": "beloppen är i löpande priser",
    "drift_unknown": "hur mycket nivån vandrar av sig själv är inte känt",
    "persons_unknown": "antalet personer är inte känt",
    "no_movement": "siffrorna rör sig inte",
    "error_not_proven": "siffrornas svängningar går inte att förutse tillräckligt väl",
    "not_tried": "osäkerheten har inte kunnat prövas på några andra år",
    "few_seats": "platserna är få",
    "extreme_of_many": "det lägsta av många är lågt av en slump",
    "counted_whole": "befolkningens sammansättning svänger inte av en slump",
    "question_changed": "frågan har ändrats",
}
JUDGED = (
    "Säkerställt: skillnaden, eller förändringen från den första till den sista perioden, är större än talet "
    "brukar svänga från ett år till nästa i kommuner av den storleken, också med hänsyn till hur många "
    "jämförelser som görs. Osäkerheten är uppskattad av Jämlik ur kommunernas egna tidsserier där källan inte "
    "anger någon; den täcker tillfälligheter, inte fel i mätning, bortfall eller definition. Säkert är inte "
    "detsamma som stort: lite bättre eller sämre är säkerställt men mindre än en halv standardavvikelse mellan "
    "kommunerna. Inte säkerställt: det kan vara slump. Klyftorna bedöms var för sig efter skillnadens "
    "eget 95-procentsintervall. Förändringen gäller tio år, eller fem där tio inte går att bedöma."
)
