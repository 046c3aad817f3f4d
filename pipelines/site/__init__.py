"""The page of a release: what writes `site/` from the released tables. The page's own files lie in the room `site/`.

    writer         the folder, whole or not at all
    manifest       what the page must know before the first figure
    figures        a parquet per indicator
    places         a parquet per area
    nation_groups  what only the nation has by social group
    theme          colours and type, by role: the place, its county, the nation; light and dark
    marks          what charts share: scales, legends, axes, the mark of synthetic figures
    charts_place   charts of one place
    charts_map     the map, and all municipalities side by side
    charts         all of them by name
    specs          Altair → Vega, and a picture without a browser
    drawing        the rows a chart is drawn from, for paper and tests
    runtime        Vega and the compiled charts as scripts
    scripts        JavaScript that carries data

The format is agreed in docs/site-format.md.
"""
