package ec2

// entry is an item of the state. Callers get copies of it.
type entry[T any] interface {
	*T
	clone() T
}

// describe copies what find knows by an id.
func describe[T any, E entry[T]](r *Region, find func(id string) (E, error), id string) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err := find(id)
	if err != nil {
		var none T
		return none, err
	}
	return found.clone(), nil
}

// modify changes what find knows by an id.
func modify[E any](r *Region, find func(id string) (E, error), id string, change func(E)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err := find(id)
	if err == nil {
		change(found)
	}
	return err
}
