// What the reader has chosen. All of it but the mouse's place goes into the address.

const state = {
	way: '', // from the root; 'leaf'; or the number of the function whose sandwich is shown
	fold: false, // recursion
	zoom: null, // a node of the view
	query: '', // of the search
	side: '', // of a comparison: 'before', 'after', or their difference
	range: null, // slices of time, the second one not included
	without: [], // what is excluded: { gone, name, address }
	flip: false, // the root at the bottom
	counts: false, // numbers instead of shares
	panel: '', // 'table', 'help'
};
// Nodes of the view that are meant by mouse and keyboard.
let hovered = null, focused = null;
const meant = () => hovered || focused || state.zoom;
