package bridge

// Tagging is the tags of a resource that can have some.
type Tagging struct {
	Tags map[string]string `pulumi:"tags,optional"`
	// TagsAll are the tags with the provider's default tags under them. They are
	// an input as upstream, where Check adds them and no program can give them.
	TagsAll map[string]string `pulumi:"tagsAll,optional"`
}

// split tells the resource's own tags among those that EC2 has from those that
// the provider's default tags gave it.
func (t Tagging) split(actual map[string]string) Tagging {
	var own map[string]string
	for key, value := range actual {
		_, asked := t.Tags[key]
		if inherited, known := t.TagsAll[key]; known && inherited == value && !asked {
			continue
		}
		if own == nil {
			own = map[string]string{}
		}
		own[key] = value
	}
	return Tagging{Tags: own, TagsAll: actual}
}
