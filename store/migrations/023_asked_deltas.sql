-- Which deltas a review or an approval was asked about: its decision is said of them, too.

create index delta_outcomes_asked on delta_outcomes (reference) where outcome = 'asked';

---- create above / drop below ----

drop index delta_outcomes_asked;
