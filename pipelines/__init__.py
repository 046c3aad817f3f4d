"""How anything runs, in rooms along the way of the data. No source or indicator is named here.

    cli, definitions                          what can I ask for? what is the graph?
    orchestration                             how is a run led and reported?
    release                                   how is it published?
    live, disclosure                          what do the services have now? what may leave?
    warehouse                                 how does a table come to be?
    landing, profile                          which figures do we stand on? a place, told
    protocols, inbox, statistics, site        how is each service asked? what have people put in? what can SQL not do?
    http, formats, catalogue, published       one call; bytes → cells; what people edit; reading a release
    settings, files                           what everybody needs
    errors                                    how a refusal reads

A room imports from those below it only; `tests/house/` holds that.
"""
