// What the reader has chosen. All of it but the mouse's place goes into the address.

let way = ''; // from the root; 'leaf'; or the number of the function whose sandwich is shown
let isFolded = false; // recursion
let zoomed = null; // a node of the view
let query = ''; // of the search
let side = ''; // of a comparison: 'before', 'after', or their difference
let range = null; // slices of time, the second one not included
let without = []; // what is excluded: { gone, name, address }
let isFlipped = false; // the root at the bottom
let isCounted = false; // numbers instead of shares
let opened = ''; // the panel: 'table', 'help'
// Nodes of the view that are meant by mouse and keyboard.
let hovered = null, focused = null;
const meant = () => hovered || focused || zoomed;
