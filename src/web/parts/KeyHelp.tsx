import { Modal } from './Modal.tsx';

/** The keys of a page, each with what it does. */
export type Keys = readonly (readonly [key: string, does: string])[];

export function KeyHelp(props: { keys: Keys; onClose: () => void }) {
  const { keys, onClose } = props;
  return (
    <Modal heading="Keys" onClose={onClose}>
      <table className="usa-table">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Does</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(([key, does]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
