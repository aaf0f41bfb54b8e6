"""The practice itself: settings, staff, sites, payment types, and how its owner writes amounts and days."""
