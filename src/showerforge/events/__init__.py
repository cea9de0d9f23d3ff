"""What an event table is: columns with units, physical constraints, features, splits."""
