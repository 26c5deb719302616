// Put before the extension in the editor of the pictures: the computer that they show is the same wherever they are taken.
// The catalog recommends by its memory and cores, and the side bar names it.
{
  const os = require('node:os');
  os.hostname = () => 'workstation';
  os.totalmem = () => 16e9;
  os.availableParallelism = () => 8;
}
