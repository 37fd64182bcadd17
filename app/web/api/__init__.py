"""What every route of the JSON API shares: what it declares, how it reads what is asked, and how it answers."""
