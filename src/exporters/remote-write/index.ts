export {
  type RemoteWriteExporter,
  type RemoteWriteOptions,
  remoteWriteExporter,
} from './remote-write-exporter.js';
