/** An update that throws while its main module runs. */
throw new Error('an update that throws at its start');
