package ec2

// entry is an item of the state. Callers get copies of it.
type entry[T any] interface {
	*T
	clone() T
}

// describe copies what find knows by an id, for an action of EC2's.
func describe[T any, E entry[T]](r *Region, action string, find func(id string) (E, error), id string) (T, error) {
	var none T
	if err := r.authorize(action, ""); err != nil {
		return none, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err := find(id)
	if err != nil {
		return none, err
	}
	return found.clone(), nil
}

// tag changes the tags of what find knows by an id. The kind is that of its ARN,
// "vpc".
func tag[E any](r *Region, kind string, find func(id string) (E, error), id string, change func(E)) error {
	if err := r.authorize("CreateTags", kind+"/"+id); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err := find(id)
	if err == nil {
		change(found)
	}
	return err
}
