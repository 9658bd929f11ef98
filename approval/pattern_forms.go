package approval

// CountForms counts the patterns without braces that another tool's glob stands for, and refuses, with a *PatternError, one that
// is not valid or too dear to match. What it matches is its author's affair: unlike in a pattern of ours, nothing is refused
// because it may mislead.
func CountForms(glob string) (int, error) {
	if err := checkSyntax(glob); err != nil {
		return 0, err
	}
	if err := checkPunctuation(glob); err != nil {
		return 0, err
	}
	forms, err := expand(glob)
	return len(forms), err
}
