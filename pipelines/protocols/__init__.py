"""How is each service asked, and is what came back what was asked for?

    spec                 a live table as the catalogue describes it
    pxwebapi2            PxWebApi 2 (SCB)          pxweb1               PxWeb v1 (Folkhälsomyndigheten)
    kolada3              Kolada's API, version 3   socialstyrelsen1     Socialstyrelsen's database
    forsakringskassan1   Försäkringskassan
    selection            expressions → codes, split under a service's limit
    answers              the archived replies of one table, parsed
    expect               an answer held against its entry: periods, rows, codes
    shape                a parsed table → the columns of its landing
    fit                  an unverified entry held against the service's description

Not here: the socket (`http/`), what is done with a table that holds (`live/`).
"""
