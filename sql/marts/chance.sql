-- How sure each indicator's figures are, as learned from how places move from one period to the next, and how well that was
-- kept on later years that nothing was learned from. See docs/chance.md.
select * from chance.fit
