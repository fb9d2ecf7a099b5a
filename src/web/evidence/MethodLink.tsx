import { Link } from '@tanstack/react-router';

/** A method by its id, leading to its row in the table of methods. */
export function MethodLink({ id }: { id: string }) {
  return (
    <Link to="/evidence/methods" hash={id}>
      method {id}
    </Link>
  );
}
