-- A day by which a person looks: when a hold is reviewed, when a missed instalment is. Calls and visits have an instant.
alter table task add column due_on date;
