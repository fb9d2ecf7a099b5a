import { Modal } from '../parts/Modal.tsx';

const keys = [
  ['j', 'Next upgrade'],
  ['k', 'Previous upgrade'],
  ['Enter', 'Show or hide the reasons'],
  ['p', 'Mark as planned, or take the mark away'],
  ['d', 'Mark as done, or take the mark away'],
  ['n', 'Mark as not affected, with a reason'],
  ['u', 'Undo the last mark'],
  ['/', 'Go to the filter'],
  ['Esc', 'Leave the filter, close a dialog'],
  ['?', 'Show these keys'],
] as const;

export function KeyHelp(props: { onClose: () => void }) {
  return (
    <Modal heading="Keys" onClose={props.onClose}>
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
