"""May this contact be made? Answers for people: one question, many, a month in a picture; and what others did."""
