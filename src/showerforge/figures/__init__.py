"""Every plot, one function each: data in, figure out."""
