import './throws_at_start';
console.log('never');
