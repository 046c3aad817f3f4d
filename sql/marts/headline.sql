-- The indicators that a profile of a place begins with, in order.
select indicator_id, sort_order
from catalogue.headline
