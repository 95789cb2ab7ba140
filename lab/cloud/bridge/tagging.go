package bridge

// Tagging are the tags of a resource that supports them.
type Tagging struct {
	Tags map[string]string `pulumi:"tags,optional"`
	// TagsAll are the tags with the provider's default tags under them. As
	// upstream, they are an input that Check adds and no program can set.
	TagsAll map[string]string `pulumi:"tagsAll,optional"`
}

// split separates the resource's own tags, among those that EC2 has, from the
// provider's default tags.
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
