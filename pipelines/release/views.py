"""The views of a release: names beside the codes, for those who write SQL but not this SQL.

Belongs here: what each view selects, which table it is about, and what it calls a column that no table has. How they
are made and checked: `words.py`.
"""

# name → (comment, select)
VIEWS = {
    "latest_figure": (
        "The latest figure of each indicator, place, group and sex, or why there never was one, with names in Swedish",
        """
        select i.recommendation, i.indicator_id, i.title_sv, v.area_code, a.area_name, a.area_level,
            v.dimension, g.dimension_sv, v.group_code, g.label_sv as group_sv, v.sex, v.period, v.value, v.ci_lower,
            v.ci_upper, u.label_sv as unit_sv, v.status, v.status_reason, v.reliability, v.provenance
        from (
            select
                *,
                row_number() over (
                    partition by indicator_id, area_code, dimension, group_code, sex
                    order by case when value is null then 1 else 0 end, year desc, period desc
                ) as nth
            from indicator_value
        ) as v
        inner join indicator as i on v.indicator_id = i.indicator_id
        inner join unit as u on i.unit = u.unit
        inner join area as a on v.area_code = a.area_code
        left join social_group as g on v.dimension = g.dimension and v.group_code = g.group_code
        where v.nth = 1
        """,
    ),
    "latest_gap": (
        "The latest gap of each indicator, place and dimension as a difference; its change over ten years, else five",
        """
        select i.recommendation, i.indicator_id, i.title_sv, q.area_code, a.area_name, q.dimension, q.period,
            q.estimate as difference, q.ci_lower, q.ci_upper, q.certain, t.change_verdict, t.direction, t.trend_years,
            t.first_period, t.last_period, u.label_sv as unit_sv, q.provenance
        from inequality as q
        inner join (
            select indicator_id, area_code, dimension, max(period) as period
            from inequality
            where measure = 'd' and stratum = 'total' and sex = 'total' and estimate is not null
            group by indicator_id, area_code, dimension
        ) as l
            on q.indicator_id = l.indicator_id and q.area_code = l.area_code and q.dimension = l.dimension
            and q.period = l.period
        inner join indicator as i on q.indicator_id = i.indicator_id
        inner join unit as u on i.unit = u.unit
        inner join area as a on q.area_code = a.area_code
        left join (
            select
                *,
                row_number() over (
                    partition by indicator_id, area_code, dimension
                    order by case when changed = 'not_assessable' then 1 else 0 end, trend_years desc
                ) as choice
            from trend
            where measure = 'd' and stratum = 'total' and sex = 'total'
        ) as t
            on t.choice = 1
            and q.indicator_id = t.indicator_id and q.area_code = t.area_code and q.dimension = t.dimension
        where q.measure = 'd' and q.stratum = 'total' and q.sex = 'total' and q.dimension <> 'municipality'
        """,
    ),
    "compared": (
        "Each place's latest figures against the nation, the county and similar municipalities, with names in Swedish",
        """
        select i.recommendation, i.indicator_id, i.title_sv, b.area_code, a.area_name, b.comparator, b.dimension,
            b.group_code, b.sex, b.period, b.value, b.comparator_value, b.difference, b.difference_lower,
            b.difference_upper, b.difference_in_spread, b.q_value,
            coalesce(b.judgement, b.position) as judgement, b.verdict, b.chance_kind, b.reason
        from benchmark as b
        inner join indicator as i on b.indicator_id = i.indicator_id
        inner join area as a on b.area_code = a.area_code
        """,
    ),
    "how_certain": (
        "What chance means here, in five questions and answers, with this release's own numbers",
        """
        with kept as (
            select
                cast(round(100 * sum(held_out_95 * held_out_cases) / sum(held_out_cases)) as integer) as inside,
                count(distinct indicator_id) as indicators
            from chance
            where assessable and held_out_by = 'own_years'
        ),
        lent as (
            select count(distinct indicator_id) as indicators,
                cast(round(100 * min(held_out_95)) as integer) as inside
            from chance
            where assessable and held_out_by = 'other_series'
        ),
        against as (
            select
                cast(round(100 * avg(case when position <> 'not_assessable' then 1 else 0 end)) as integer) as judged,
                cast(round(100 * avg(case when q_value <= 0.05 then 1 when q_value is not null then 0 end)) as integer)
                    as certain,
                cast(round(100 * avg(case when q_value <= 0.05 and abs(difference_in_spread) < 0.5 then 1
                    when q_value <= 0.05 then 0 end)) as integer) as small
            from benchmark
            where comparator = 'nation' and dimension = 'total' and difference is not null and length(area_code) = 4
        )
        select
            1 as sort_order,
            'Vad betyder slump här?' as question,
            'Ett annat år som det här. En siffra som räknar alla svänger ändå från år till år; Jämlik har uppskattat '
                || 'hur mycket ur kommunernas egna tidsserier där källan inte anger någon osäkerhet. Fel i mätning, '
                || 'bortfall eller definition ingår inte.' as answer_sv,
            'Another year like this one. A figure that counts everybody still varies from year to year; Jämlik has '
                || 'estimated by how much from the municipalities'' own figures where the source gives no uncertainty. '
                || 'Faults of measurement, non-response or definition are not in it.' as answer_en
        union all
        select
            2, 'Hur väl håller det?',
            concat('Intervallen prövas på år som de inte har lärts av: ', k.inside, ' procent av siffrorna hamnade '
                || 'inom sina 95-procentsintervall, för ', k.indicators, ' indikatorer. Där färre än 90 procent '
                || 'gjorde det ges ingen osäkerhet. ', l.indicators, ' indikatorer har serier med för få år för att '
                || 'prövas på egna år: deras osäkerhet är därför gjord större, efter hur det gick för andra serier '
                || 'som lärdes av lika lite (minst ', l.inside, ' procent inom intervallet).'),
            concat('The intervals are tried on years that they were not learned from: ', k.inside, ' per cent of '
                || 'the figures fell inside their 95 % intervals, for ', k.indicators, ' indicators. Where fewer than '
                || '90 per cent did, no uncertainty is given. ', l.indicators, ' indicators have series with too few '
                || 'years to be tried on their own: their uncertainty is made larger, by how other series did that '
                || 'were taught by as little (at least ', l.inside, ' per cent inside).')
        from kept as k cross join lent as l
        union all
        select
            3, 'Hur mycket går att bedöma?',
            concat(judged, ' procent av kommunernas jämförelser med riket, och ', certain,
                ' procent av dem är säkerställda.'),
            concat(judged, ' per cent of the municipalities'' comparisons with the nation, of which ', certain,
                ' per cent are certain.')
        from against
        union all
        select
            4, 'Är säkert detsamma som stort?',
            concat('Nej. ', small, ' procent av de säkerställda skillnaderna mot riket är mindre än en halv '
                || 'standardavvikelse mellan kommuner (difference_in_spread).'),
            concat('No. ', small, ' per cent of the certain differences from the nation are under half a standard '
                || 'deviation between municipalities (difference_in_spread).')
        from against
        union all
        select
            5, 'Vad är skillnaden mellan har ändrats och fortsätter?',
            'Har ändrats (change_verdict): den sista perioden skiljer sig från den första mer än slumpen. Fortsätter '
                || '(direction): minst tre perioder pekar åt samma håll mer än vad nivån vandrar av sig själv; bara '
                || 'då anges takt och år. I listor krävs dessutom att det håller med hänsyn till antalet jämförelser.',
            'Changed (change_verdict): the last period differs from the first by more than chance. Keeps moving '
                || '(direction): three periods or more point the same way beyond what the level wanders by itself; '
                || 'only then are a pace and a year given. Lists also count how many comparisons are made.'
        order by sort_order
        """,
    ),
    "nation_by_group": (
        "The nation's latest figures by social group where no municipality has the gap: group by group, with the gap",
        """
        with split as (
            select v.*, q.estimate, q.certain, q.reason,
                max(v.year) over (partition by v.indicator_id, v.dimension) as last_year,
                max(case when v.sex = 'total' then 1 else 0 end)
                    over (partition by v.indicator_id, v.dimension) as has_total
            from indicator_value as v
            left join inequality as q
                on q.measure = 'd' and q.stratum = 'total' and v.indicator_id = q.indicator_id
                and v.area_code = q.area_code and v.period = q.period and v.dimension = q.dimension and v.sex = q.sex
            where v.area_code = '00' and v.value is not null and v.provenance <> 'synthetic'
                and v.dimension in ('education', 'income', 'country_of_birth', 'citizenship')
        ),
        known as (
            select distinct q.indicator_id, q.dimension
            from inequality as q
            inner join area as a on q.area_code = a.area_code
            where a.area_level = 'municipality' and q.measure = 'd' and q.estimate is not null
        )
        select i.recommendation, s.indicator_id, i.title_sv, i.title_en, i.shown_beside, s.dimension, g.dimension_sv,
            s.sex, s.period, s.group_code, g.label_sv as group_sv, g.sort_order, s.value, u.label_sv as unit_sv,
            s.reliability, s.estimate as difference, s.certain, s.reason
        from split as s
        inner join indicator as i on s.indicator_id = i.indicator_id
        inner join unit as u on i.unit = u.unit
        inner join social_group as g on s.dimension = g.dimension and s.group_code = g.group_code
        where s.year = s.last_year and (s.sex = 'total' or s.has_total = 0)
            and (i.shown_beside is not null or s.indicator_id not in (
                select v.indicator_id from indicator_value as v
                inner join area as a on v.area_code = a.area_code
                where a.area_level = 'municipality' and v.value is not null
            ))
            and not exists (
                select 1 from known as k
                where k.dimension = s.dimension and k.indicator_id in (s.indicator_id, i.shown_beside)
            )
        order by i.recommendation, i.title_sv, s.dimension, s.sex desc, g.sort_order
        """,
    ),
    "followed_up": (
        "The five recommendations in each place, with names in Swedish",
        """
        select r.short_sv, a.area_name, s.*
        from recommendation_status as s
        inner join recommendation as r on s.recommendation = r.recommendation
        inner join area as a on s.area_code = a.area_code
        """,
    ),
    "goal": (
        "Goals, own and national: how far off, and whether the pace of late reaches them, with names in Swedish",
        """
        select i.recommendation, i.title_sv, a.area_name, t.*
        from target as t
        inner join indicator as i on t.indicator_id = i.indicator_id
        inner join area as a on t.area_code = a.area_code
        """,
    ),
}


# The table that a view is about: where several have a column of that name, its meaning counts.
ABOUT = {
    "latest_figure": "indicator_value",
    "latest_gap": "inequality",
    "compared": "benchmark",
    "how_certain": "chance",
    "nation_by_group": "indicator_value",
    "followed_up": "recommendation_status",
    "goal": "target",
}
# What the views call a column that no table has under that name.
NAMED = {
    "group_sv": "The social group in Swedish",
    "unit_sv": "The unit in Swedish",
    "dimension_sv": "The social dimension in Swedish",
    "question": "The question, in Swedish",
    "answer_sv": "The answer, in Swedish",
    "answer_en": "The answer, in English",
    "short_sv": "The recommendation's short title in Swedish",
}
