"""The pages: events (:mod:`.events`), drills and stock (:mod:`.stores`), siting (:mod:`.sitings`)."""
