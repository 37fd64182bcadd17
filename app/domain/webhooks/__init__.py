"""The inbox of payment providers: what they tell us is proven before it comes here, stored as it came, and acted on once."""
