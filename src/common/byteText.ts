export { byteText } from '../protocol/format';
