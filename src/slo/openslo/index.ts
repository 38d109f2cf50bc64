export { type OpenSloContent, type OpenSloOptions, type OpenSloService, readOpenSlo } from './read.js';
export { writeOpenSlo } from './write.js';
