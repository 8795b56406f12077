"""Learning a scorecard from outcomes, at a desk: needs the `risk` group, and no worker ever imports it."""
